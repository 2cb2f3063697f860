"""moto's server, with two answers put right that clients depend on.

A call that IAM does not allow: moto says `AccessDenied`, EC2 says `UnauthorizedOperation`, and a client that asks for a
dry run tells "you may not" from "you may" by that name
(https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html).

A conditional write: S3 looks and writes in one (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html);
moto 5.2.5 looks, then writes, on many threads: of eight that raced for one key under load two were told that they won.

Everything else is moto's own.
"""

from functools import wraps
from threading import Lock

from moto.core.exceptions import AccessDeniedError
from moto.iam.access_control import IAMRequest
from moto.s3.responses import S3Response
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

writing = Lock()


def one_at_a_time(method):
    @wraps(method)
    def locked(self):
        with writing:
            return method(self)

    return locked


S3Response.put_object = one_at_a_time(S3Response.put_object)
S3Response.delete_object = one_at_a_time(S3Response.delete_object)

if __name__ == "__main__":
    main()
