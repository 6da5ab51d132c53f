"""What is asked for before a decision about a market's orders, one form for each kind."""

from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import REASON_LENGTH_MAX
from betting.api.results import SCORE_MAX
from betting.decisions import Decision, Kind
from betting.settlement import Result
from console import decision_words
from kmarket.ids import SAFE_MAX
from markets.models import Market


class DecisionForm(forms.Form):
    """A decision's terms, and why. Each kind is a subclass."""

    kind: ClassVar[Kind]
    required_css_class = "required"

    reason = forms.CharField(label=_("Reason"), max_length=REASON_LENGTH_MAX)

    def __init__(self, data: QueryDict | None = None, *, market: Market) -> None:
        # Several forms stand on one page: each names its inputs for itself.
        super().__init__(data, auto_id=f"{self.kind}_%s")
        self.market = market

    @property
    def title(self) -> Any:
        return decision_words.KINDS[self.kind]

    @property
    def means(self) -> Any:
        return decision_words.MEANS[self.kind]

    def decision(self) -> Decision:
        """Return the decision that a valid form asks for."""
        return Decision(self.kind)


class ResultForm(DecisionForm):
    """A result: the score, a winner, or both."""

    home_score = forms.IntegerField(min_value=0, max_value=SCORE_MAX, required=False)
    away_score = forms.IntegerField(min_value=0, max_value=SCORE_MAX, required=False)
    winning_option = forms.TypedChoiceField(
        label=_("Winner, if the score is not known"),
        coerce=int,
        empty_value=None,
        required=False,
    )

    field_order = ["home_score", "away_score", "winning_option"]

    def __init__(self, data: QueryDict | None = None, *, market: Market) -> None:
        super().__init__(data, market=market)
        for name, team in (("home_score", market.home_team), ("away_score", market.away_team)):
            self.fields[name].label = _("Score of %(team)s") % {"team": team}
        winner = self.fields["winning_option"]
        assert isinstance(winner, forms.TypedChoiceField), winner
        winner.choices = [("", _("as the score says")), *decision_words.sides(market)]

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        scores = values.get("home_score"), values.get("away_score")
        if self.errors:
            return values
        if (scores[0] is None) != (scores[1] is None):
            raise forms.ValidationError(_("Enter both scores, or neither."))
        if scores[0] is None and values["winning_option"] is None and not values.get("void"):
            raise forms.ValidationError(_("Enter the score, or choose the winner."))
        return values

    def result(self) -> Result | None:
        values = self.cleaned_data
        home, away, winner = (
            values[name] for name in ("home_score", "away_score", "winning_option")
        )
        if home is None and winner is None:
            return None
        return Result(winner, None if home is None else (home, away))

    def decision(self) -> Decision:
        return Decision(self.kind, self.result())


class SettleForm(ResultForm):
    kind = Kind.SETTLE
    reason = forms.CharField(
        label=_("Reason, if there is one"), max_length=REASON_LENGTH_MAX, required=False
    )


class ResettleForm(ResultForm):
    kind = Kind.RESETTLE
    void = forms.BooleanField(label=_("Void instead: every stake goes back"), required=False)

    field_order = [*ResultForm.field_order, "void"]

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if not self.errors and values["void"] and self.result() is not None:
            raise forms.ValidationError(_("Enter a result or void, not both."))
        return values


class VoidForm(DecisionForm):
    kind = Kind.VOID


class VoidSinceForm(DecisionForm):
    kind = Kind.VOID_SINCE
    since = forms.DateTimeField(
        label=_("Placed after (UTC)"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "0.001"}),
    )

    field_order = ["since"]

    def decision(self) -> Decision:
        return Decision(self.kind, since=self.cleaned_data["since"])


class VoidOrderForm(DecisionForm):
    kind = Kind.VOID_ORDER
    order_id = forms.IntegerField(label=_("Order"), min_value=1, max_value=SAFE_MAX)

    field_order = ["order_id"]

    def decision(self) -> Decision:
        return Decision(self.kind, order_id=self.cleaned_data["order_id"])


class RollbackForm(DecisionForm):
    kind = Kind.ROLLBACK


FORMS: dict[Kind, type[DecisionForm]] = {
    form.kind: form
    for form in (SettleForm, ResettleForm, RollbackForm, VoidOrderForm, VoidSinceForm, VoidForm)
}
