"""The sentences with which the rules of the desk refuse, so that operators read them in their own language.

`administration` raises `Refused` with an English sentence, for the command line as well; on a page the sentence is its
own key. A test holds the two together.
"""

from collections.abc import Mapping
from types import MappingProxyType

from idp.web.messages import N_, Wording

_SENTENCES = (
    N_("There is no such case."),
    N_("The case is closed: open another one."),
    N_("Say why: the reason is kept with the case."),
    N_("The case has no account yet: find it and assign it first."),
    N_("Both approvals were given: the change is being held back for the owner to object."),
    N_("You have approved this already: a colleague must approve it."),
    N_("The second approval takes the role approver or admin."),
    N_("You have brought this case so far: a colleague must confirm it."),
    N_("The case has changed meanwhile: look at it again."),
    N_("This account is closed: nothing can be done to it any more."),
    N_("The case does not say what is to be changed: open another one with the topic otp or email."),
    N_("OTP is off already: reject the case."),
    N_("The new address belongs to another account: reject the case."),
    N_("The case names no new address: open another one."),
    N_("The old address of the case is not the login email of its account: look for the right one."),
    N_("The new address belongs to an account already: reject the case."),
    N_("Only a request for the hint is answered with the hint."),
    N_("No service was named: ask for the full name or the number of one."),
    N_("The account has no such service: find the account that has it, or reject the request."),
    N_("Five hints were given today to this address or about this account: wait until tomorrow."),
    N_("The case is closed: there is nothing left to object to."),
    N_("No number was free: try again."),
    N_("One of the email addresses is not an address."),
    N_("This account is no operator's: somebody with the role admin gives it a role."),
    N_("Only operators may do this."),
    N_("Nobody works on their own account: a colleague must do this."),
    N_("This is an operator's account: it takes the role approver or admin."),
    N_("The last SMS left a moment ago: wait a minute."),
    N_("This phone has had its share of messages: wait an hour."),
    N_("This account has had its share of messages: wait until tomorrow."),
    N_("No SMS is sent to this country: this takes a case of the kind no_channel_left."),
    N_("Too many SMS are leaving at the moment: try again in an hour."),
    N_("A phone cannot authorise this case."),
    N_("The phone has authorised this case already."),
    N_("The account has no proven phone: this takes a case of the kind no_channel_left."),
    N_("The phone was changed after this case was opened: it cannot authorise it."),
    N_("These were too many addresses for one day."),
    N_("Type an email, a phone, a service or a case number."),
    N_("These were too many searches: the next one is possible in an hour."),
    N_("The note is empty."),
    N_("The customer types this code in: nobody can note it for them."),
    N_("A case of this kind does not ask for that."),
    N_("The phone of the account has authorised this case: reject it and open another one."),
    N_("The case was approved for another account: reject it and open another one."),
)
REFUSALS: Mapping[str, Wording] = MappingProxyType(
    {
        **{wording.text: wording for wording in _SENTENCES},
        "desk.evidence": N_("The evidence is not complete: see below what is missing."),
        "desk.refused": N_("The rules of the desk do not allow this."),
    }
)
