"""An issuer of tokens: a user pool of Cognito, made as infra/DEPLOY.md says. The stand-in signs by RSA as Cognito does,
and its API Gateway verifies the signature, the issuer, the audience and the times."""

from typing import Any

from stand_in import REGION

PASSWORD = "Correct-Horse-9"
# An attribute of the pool that only its administrators may write: the app client has no right to.
ROLE_CLAIM = "custom:role"


class Issuer:
    """A pool with one app client."""

    def __init__(self, cognito: Any) -> None:
        self.cognito = cognito
        role = {"Name": "role", "AttributeDataType": "String", "Mutable": True}
        self.pool = cognito.create_user_pool(PoolName="punctual", Schema=[role])["UserPool"]["Id"]
        self.audience = self.new_audience("punctual")
        self.url = f"https://cognito-idp.{REGION}.amazonaws.com/{self.pool}"

    def new_audience(self, name: str) -> str:
        """An app client: the audience of the tokens that it gets."""
        flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
        made = self.cognito.create_user_pool_client(
            UserPoolId=self.pool, ClientName=name, ExplicitAuthFlows=flows, WriteAttributes=["email"]
        )
        return made["UserPoolClient"]["ClientId"]

    def add_user(self, name: str, role: str) -> None:
        """A user with a role."""
        attributes = [{"Name": ROLE_CLAIM, "Value": role}]
        user = {"UserPoolId": self.pool, "Username": name}
        self.cognito.admin_create_user(**user, MessageAction="SUPPRESS", UserAttributes=attributes)
        self.cognito.admin_set_user_password(**user, Password=PASSWORD, Permanent=True)

    def token(self, name: str, audience: str | None = None) -> str:
        """A token of that user, for this API or for another audience."""
        answer = self.cognito.admin_initiate_auth(
            UserPoolId=self.pool,
            ClientId=audience or self.audience,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
        )
        return answer["AuthenticationResult"]["IdToken"]
