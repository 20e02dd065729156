"""Every prompt, one file each, in the order in which they are asked; and the detours that lead off them.

A prompt's name is its template and its test; its path is its page's stable address.
"""

from idp.interaction.prompt import Prompt
from idp.interaction.prompts.approve_request import ApproveRequest
from idp.interaction.prompts.ask_lost_otp import AskLostOtp
from idp.interaction.prompts.change_email import ChangeEmail
from idp.interaction.prompts.change_phone import ChangePhone
from idp.interaction.prompts.consent import ConsentPrompt
from idp.interaction.prompts.enroll_otp import EnrollOtp
from idp.interaction.prompts.enter_lost_otp_code import EnterLostOtpCode
from idp.interaction.prompts.enter_otp import EnterOtp
from idp.interaction.prompts.login import Login
from idp.interaction.prompts.lost_otp_done import LostOtpDone
from idp.interaction.prompts.new_password import NewPassword
from idp.interaction.prompts.recovery import Recovery
from idp.interaction.prompts.recovery_code import RecoveryCode
from idp.interaction.prompts.recovery_code_used import RecoveryCodeUsed
from idp.interaction.prompts.recovery_codes import RecoveryCodes
from idp.interaction.prompts.recovery_done import RecoveryDone
from idp.interaction.prompts.recovery_sent import RecoverySent
from idp.interaction.prompts.register import Register
from idp.interaction.prompts.registration_done import RegistrationDone
from idp.interaction.prompts.select_account import SelectAccount
from idp.interaction.prompts.send_email_code import SendEmailCode
from idp.interaction.prompts.send_lost_otp_code import SendLostOtpCode
from idp.interaction.prompts.send_recovery import SendRecovery
from idp.interaction.prompts.send_sms_code import SendSmsCode
from idp.interaction.prompts.verify_email import VerifyEmail
from idp.interaction.prompts.verify_phone import VerifyPhone

# Registration stands before login where the client asks for it; its first code is what signs in.
PROMPTS: tuple[Prompt, ...] = (
    SelectAccount(),
    Register(),
    VerifyEmail(),
    Login(),
    EnterOtp(),
    RecoveryCodeUsed(),
    LostOtpDone(),
    VerifyPhone(),
    EnrollOtp(),
    RecoveryCodes(),
    RegistrationDone(),
    ApproveRequest(),
    ConsentPrompt(),
)

# From the login to a new password and back; nothing of it proves who somebody is to the flow.
RECOVERING: tuple[Prompt, ...] = (Recovery(), RecoverySent(), SendRecovery(), NewPassword(), RecoveryDone())

DETOURS: tuple[Prompt, ...] = (
    SendEmailCode(),
    ChangeEmail(),
    SendSmsCode(),
    ChangePhone(),
    RecoveryCode(),
    AskLostOtp(),
    EnterLostOtpCode(),
    SendLostOtpCode(),
    *RECOVERING,
)
