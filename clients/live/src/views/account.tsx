// Signing in, and who is signed in.

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { config, named } from "../house";
import { api, asUser, balance, begin, end, ended, readBalance, session, THROW_AWAY } from "../session";
import { t, whyNot } from "../words";
import { found, isRefusal, signer, type Wallet } from "../wallet";
import { Amount, Icon } from "./parts";

const FAUCET_TOKENS = 1000n;

const open = signal(false);
const isSigning = signal(false);
const problem = signal<string | null>(null);
const said = signal<string | null>(null);

export function askToSignIn(): void {
  problem.value = said.value = null;
  open.value = true;
}

/** In the header: what one has, or the way in. */
export function AccountButton() {
  const now = session.value;
  if (!now) {
    return (
      <button type="button" class="button primary" onClick={askToSignIn}>
        {t("signIn")}
      </button>
    );
  }
  return (
    <button type="button" class="button account" onClick={askToSignIn}>
      <span class="unseen">{t("account")} </span>
      {balance.value && (
        <span class="account-balance">
          <Amount of={balance.value.balance} />
        </span>
      )}
      <span class="account-address num">{short(now.address)}</span>
    </button>
  );
}

function short(address: string): string {
  return `${address.slice(0, 6)}…${address.slice(-4)}`;
}

/** The dialog behind it. */
export function AccountDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const box = dialog.current;
    if (open.value && !box?.open) box?.showModal();
    if (!open.value) box?.close();
  }, [open.value]);
  useEffect(() => {
    if (ended.value) {
      askToSignIn();
      problem.value = t("sessionOver");
    }
  }, [ended.value]);
  const now = session.value;
  return (
    <dialog
      ref={dialog}
      aria-labelledby="account-title"
      onClose={() => (open.value = false)}
      onClick={(event) => event.target === dialog.current && (open.value = false)}
    >
      <div class="dialog">
        <header>
          <h2 id="account-title">{t(now ? "account" : "signInTitle")}</h2>
          <button type="button" class="icon-button" aria-label={t("close")} onClick={() => (open.value = false)}>
            <Icon name="close" />
          </button>
        </header>
        {now ? <Account /> : <SignIn />}
        <div class="said" role="status" aria-live="polite">
          {problem.value && <p class="problem">{problem.value}</p>}
          {said.value && <p>{said.value}</p>}
        </div>
      </div>
    </dialog>
  );
}

function SignIn() {
  const wallets = found(t("browserWallet"));
  const isDemo = config.value?.demo ?? false;
  return (
    <>
      <p class="quiet">{t("signInLead")}</p>
      <h3>{t("browserWallets")}</h3>
      {wallets.length === 0 && <p class="quiet">{t("noWallets")}</p>}
      <ul class="wallets">
        {wallets.map((wallet) => (
          <li key={wallet.rdns}>
            <button type="button" class="button wide" disabled={isSigning.value} onClick={() => void withWallet(wallet)}>
              {wallet.icon && <img src={wallet.icon} alt="" width="24" height="24" />}
              {wallet.name}
            </button>
          </li>
        ))}
      </ul>
      {isDemo && (
        <div class="throw-away">
          <button type="button" class="button wide" disabled={isSigning.value} onClick={() => void withKey()}>
            {t("throwAway")}
          </button>
          <p class="quiet">{t("throwAwayLead")}</p>
        </div>
      )}
    </>
  );
}

async function withWallet(wallet: Wallet): Promise<void> {
  await signing(async () => begin(wallet.rdns, await signer(wallet)));
}

async function withKey(): Promise<void> {
  await signing(async () => {
    // Asked for by few, and as large as half of the page.
    const { throwAwaySigner } = await import("../key");
    await begin(THROW_AWAY, throwAwaySigner());
  });
}

async function signing(work: () => Promise<void>): Promise<void> {
  problem.value = null;
  said.value = t("signing");
  isSigning.value = true;
  try {
    await work();
    // Whoever has nothing yet finds the faucet here.
    await readBalance();
    if (!config.value?.demo || balance.value?.balance) open.value = false;
  } catch (refusal) {
    problem.value = isRefusal(refusal) ? t("walletRefused") : whyNot(refusal);
  } finally {
    said.value = null;
    isSigning.value = false;
  }
}

function Account() {
  const now = session.value;
  if (!now) return null;
  return (
    <>
      <dl class="facts stacked">
        <div>
          <dt>{t("address")}</dt>
          <dd>
            <code>{now.address}</code>
            <button type="button" class="button small" onClick={() => void copy(now.address)}>
              {t("copy")}
            </button>
          </dd>
        </div>
        {balance.value && (
          <>
            <div>
              <dt>{t("balance")}</dt>
              <dd>
                <Amount of={balance.value.balance} />
              </dd>
            </div>
            {balance.value.owed > 0n && (
              <div>
                <dt>{t("toClaim")}</dt>
                <dd>
                  <Amount of={balance.value.owed} />
                </dd>
              </div>
            )}
          </>
        )}
      </dl>
      {config.value?.demo && <Faucet />}
      <div class="dialog-end">
        <button type="button" class="button" onClick={() => void leave()}>
          {t("signOut")}
        </button>
        {now.wallet === THROW_AWAY && (
          <>
            <button type="button" class="button danger" onClick={() => void leave(true)}>
              {t("throwAwayForget")}
            </button>
            <p class="quiet">{t("throwAwayForgetLead")}</p>
          </>
        )}
      </div>
    </>
  );
}

function Faucet() {
  const amount = FAUCET_TOKENS * 10n ** BigInt(config.value?.token.decimals ?? 0);
  const [shownAmount = "", symbol = ""] = named(amount).split(" ");
  return (
    <div class="throw-away">
      <button type="button" class="button primary wide" onClick={() => void tap()}>
        {t("faucet", { amount: shownAmount, symbol })}
      </button>
      <p class="quiet">{t("faucetLead")}</p>
    </div>
  );
}

async function tap(): Promise<void> {
  problem.value = said.value = null;
  try {
    await asUser(() => api.post("/api/v1/faucet"));
    await readBalance();
    said.value = t("faucetGave");
  } catch (refusal) {
    problem.value = whyNot(refusal, named);
  }
}

async function leave(andForget = false): Promise<void> {
  await end();
  if (andForget) (await import("../key")).forget();
  open.value = false;
}

async function copy(text: string): Promise<void> {
  // A page of plain HTTP has no clipboard: the address can be selected.
  await navigator.clipboard?.writeText(text);
  if (navigator.clipboard) said.value = t("copied");
}
