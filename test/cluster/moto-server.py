"""moto's server, told to deny EC2 calls as EC2 does.

moto answers a call that IAM does not allow with `AccessDenied` in an envelope of its own; EC2 answers with
`UnauthorizedOperation`, and a client that asks for a dry run tells "you may not" from "you may" by that name
(https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html). Everything else is moto's own.
"""

from moto.core.exceptions import AccessDeniedError
from moto.iam.access_control import IAMRequest
from moto.server import main


class UnauthorizedOperation(AccessDeniedError):
    def __init__(self, user_arn: str, action: str):
        super(AccessDeniedError, self).__init__(
            "UnauthorizedOperation",
            "You are not authorized to perform this operation. "
            f"User: {user_arn} is not authorized to perform: {action}",
        )


def raise_access_denied(self: IAMRequest) -> None:
    error = UnauthorizedOperation if self._service == "ec2" else AccessDeniedError
    raise error(self._access_key.arn, self._action)


IAMRequest._raise_access_denied = raise_access_denied

if __name__ == "__main__":
    main()
