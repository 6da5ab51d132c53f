// What a market's page does by itself: the odds form's margins and effect, and the charts.

import { watchForm } from "./market_odds.js";
import { Chart } from "./odds_chart.js";

for (const form of document.querySelectorAll("form[data-odds]")) {
  watchForm(form);
}
for (const figure of document.querySelectorAll("[data-chart]")) {
  new Chart(figure).load();
}
