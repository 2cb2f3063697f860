"""Makes users of IAM and gives them policies, by boto3, which comes with moto.

Reads {endpoint, region, accessKeyId, secretAccessKey, users: {name: {policy name: document}}}; writes the access keys
of the users that are new: {name: {accessKeyId, secretAccessKey}}.
"""

import json
import sys

import boto3

order = json.load(sys.stdin)
iam = boto3.client(
    "iam",
    endpoint_url=order["endpoint"],
    region_name=order["region"],
    aws_access_key_id=order["accessKeyId"],
    aws_secret_access_key=order["secretAccessKey"],
)
keys = {}
for user, policies in order["users"].items():
    try:
        iam.create_user(UserName=user)
        key = iam.create_access_key(UserName=user)["AccessKey"]
        keys[user] = {"accessKeyId": key["AccessKeyId"], "secretAccessKey": key["SecretAccessKey"]}
    except iam.exceptions.EntityAlreadyExistsException:
        pass
    for name, document in policies.items():
        iam.put_user_policy(UserName=user, PolicyName=name, PolicyDocument=json.dumps(document))
json.dump(keys, sys.stdout)
