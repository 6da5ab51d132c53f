// The page around its views.

import { useEffect, useRef } from "preact/hooks";
import { type Place, place } from "../go";
import { config, configProblem, line, readConfig } from "../house";
import { picked } from "../slip";
import { nextTheme, type Theme, theme } from "../theme";
import { chooseLanguage, language, t, type Word } from "../words";
import { AccountButton, AccountDialog } from "./account";
import { Bets } from "./bets";
import { LineBanner, LineState } from "./line";
import { Market } from "./market";
import { Markets } from "./markets";
import { CannotLoad, Heading, Icon, Skeleton } from "./parts";
import { Shares } from "./shares";
import { Slip } from "./slip";
import { Spoken } from "./spoken";

const THEMES: Record<Theme, Word> = { auto: "themeAuto", light: "themeLight", dark: "themeDark" };

export function App() {
  return (
    <div class="page" data-line={line.value} data-slip={picked.value !== null}>
      <a class="skip" href="#heading">
        {t("skip")}
      </a>
      <Header />
      <LineBanner />
      <div class="body">
        <main>
          <View />
        </main>
        <Slip />
      </div>
      <Footer />
      <AccountDialog />
      <Spoken />
    </div>
  );
}

function View() {
  const at = place.value;
  const key = JSON.stringify(at);
  const first = useRef(true);
  useEffect(() => {
    document.title = t("title");
    // Whoever has followed a link is told where they are; whoever has just come begins at the top.
    if (!first.current) document.getElementById("heading")?.focus({ preventScroll: true });
    first.current = false;
  }, [key]);
  // How many decimals an amount has is among what the house says first.
  if (!config.value) {
    return configProblem.value ? <CannotLoad problem={configProblem.value} again={() => void readConfig()} /> : <Skeleton />;
  }
  return view(at);
}

function view(at: Place) {
  switch (at.view) {
    case "markets":
      return <Markets />;
    case "market":
      return <Market key={at.id} id={at.id} />;
    case "bets":
      return <Bets />;
    case "shares":
      return <Shares />;
    case "nowhere":
      return <Heading>{t("nothingHere")}</Heading>;
  }
}

function Header() {
  const at = place.value.view;
  const hasShares = Boolean(config.value?.contracts.market);
  return (
    <header class="top">
      <a class="brand" href="/" aria-label={t("title")}>
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path d="M4 24h7v-9h7V7h10" />
        </svg>
        <span>kmarket</span>
      </a>
      <nav aria-label={t("title")}>
        <a href="/" aria-current={at === "markets" || at === "market" ? "page" : undefined}>
          <Icon name="markets" />
          {t("markets")}
        </a>
        <a href="/bets" aria-current={at === "bets" ? "page" : undefined}>
          <Icon name="bets" />
          {t("myBets")}
        </a>
        {hasShares && (
          <a href="/shares" aria-current={at === "shares" ? "page" : undefined}>
            <Icon name="shares" />
            {t("shares")}
          </a>
        )}
      </nav>
      <div class="top-end">
        <LineState />
        <AccountButton />
      </div>
    </header>
  );
}

function Footer() {
  const other = language.value === "en" ? "zh" : "en";
  return (
    <footer class="foot">
      <button type="button" lang={other === "zh" ? "zh-Hans" : "en"} onClick={() => chooseLanguage(other)}>
        {t("otherLanguage")}
      </button>
      <button type="button" onClick={nextTheme}>
        <Icon name={theme.value} />
        {t("theme", { theme: t(THEMES[theme.value]) })}
      </button>
      <a href="/api/v1/docs" target="_blank" rel="noopener">
        {t("docs")}
      </a>
      {config.value && <span class="quiet">kmarket {config.value.version}</span>}
    </footer>
  );
}
