"""moto's server, told to deny EC2 calls as EC2 does.

moto answers a call that IAM does not allow with `AccessDenied` in an envelope of its own; EC2 answers with
`UnauthorizedOperation`, and a client that asks for a dry run tells "you may not" from "you may" by that name
(https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html). Everything else is moto's own.
"""

from moto.ec2.exceptions import EC2ClientError
from moto.iam.access_control import IAMRequest
from moto.server import main


class UnauthorizedOperation(EC2ClientError):
    code = "UnauthorizedOperation"


denied = IAMRequest._raise_access_denied


def denied_as_ec2_does(self: IAMRequest) -> None:
    if self._service != "ec2":
        denied(self)
    raise UnauthorizedOperation(
        "UnauthorizedOperation",
        f"You are not authorized to perform this operation. User: {self._access_key.arn} "
        f"is not authorized to perform: {self._action}",
    )


IAMRequest._raise_access_denied = denied_as_ec2_does

if __name__ == "__main__":
    main()
