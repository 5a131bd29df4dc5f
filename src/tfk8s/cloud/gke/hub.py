"""The GKE Hub API, for fleets: https://cloud.google.com/kubernetes-engine/fleet-management/docs/reference/rest.

Requests are of its version 1. All may be made twice: a feature is made under its name.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from tfk8s.clock import Clock
from tfk8s.cloud.gke.endpoint import GoogleApi
from tfk8s.errors import PreconditionError, WaitTimeoutError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import object_at, objects_at, text_at, value_at
from tfk8s.ports.fleets import Membership

if TYPE_CHECKING:
    import requests

API: Final = GoogleApi(
    name="the GKE Hub API",
    host="gkehub.googleapis.com",
    variables=("TFK8S_GKE_HUB_ENDPOINT", "CLOUDSDK_API_ENDPOINT_OVERRIDES_GKEHUB"),
)
_TIMEOUTS_S: Final = (10.0, 60.0)
_PAUSES_S: Final = (0.5, 1.0, 2.0, 4.0)
_POLL_S: Final = 2.0
_LONGEST_S: Final = 600.0
_MOST_PAGES: Final = 1000
_TRANSIENT: Final = frozenset({408, 429, 500, 502, 503, 504})
_APIS: Final = "gkehub.googleapis.com multiclusterservicediscovery.googleapis.com multiclusteringress.googleapis.com"


class FleetHub:
    """The fleet of one project, with one login."""

    def __init__(
        self, project: str, *, token: Callable[[], str] | None, session: requests.Session, clock: Clock, root: str
    ) -> None:
        """Nothing is sent yet; `token` is asked for before each request to `root`, None where no login is shown."""
        self.project, self.clock = project, clock
        self._token, self._session, self._root = token, session, root

    def memberships(self) -> tuple[Membership, ...]:
        """Every cluster that is registered.

        Raises:
            PreconditionError: no right, no such project, or nobody answers.
        """
        return tuple(
            Membership(text_at(item, "name"), text_at(item, "endpoint", "gkeCluster", "resourceLink"))
            for page in self._pages(f"projects/{self.project}/locations/-/memberships")
            for item in objects_at(page, "resources")
        )

    def feature(self, name: str) -> JsonObject | None:
        """A feature as it is; None where it is off.

        Raises:
            PreconditionError: as `memberships`.
        """
        code, body = self._send("GET", f"{self._features()}/{name}", accepted=(HTTPStatus.NOT_FOUND,))
        return None if code == HTTPStatus.NOT_FOUND else body

    def turn_on(self, name: str, spec: JsonObject) -> None:
        """Switch a feature on, and wait until it is; nothing when somebody else did so meanwhile.

        Raises:
            PreconditionError: as `memberships`, or Google could not.
            WaitTimeoutError: Google still works on it.
        """
        body: JsonObject = {"spec": spec} if spec else {}
        code, operation = self._send(
            "POST", self._features(), parameters={"featureId": name}, json=body, accepted=(HTTPStatus.CONFLICT,)
        )
        if code != HTTPStatus.CONFLICT:
            self._finish(operation, feature=name)

    def _features(self) -> str:
        return f"projects/{self.project}/locations/global/features"

    def _finish(self, operation: JsonObject, *, feature: str) -> None:
        end = self.clock.monotonic_s() + _LONGEST_S
        while value_at(operation, "done") is not True:
            if self.clock.monotonic_s() > end:
                raise WaitTimeoutError(
                    f"the feature {feature} of the fleet of {self.project} is not on after {_LONGEST_S:.0f} s",
                    hint="run the same command again: it goes on where this one ended",
                )
            self.clock.sleep(_POLL_S)
            _, operation = self._send("GET", text_at(operation, "name"))
        error = object_at(operation, "error")
        if error:
            raise PreconditionError(
                f"Google could not switch {feature} on in the fleet of {self.project}: {text_at(error, 'message')}",
                hint="end what the message names, then run the same command again",
            )

    def _pages(self, path: str) -> Iterator[JsonObject]:
        token = ""
        for _ in range(_MOST_PAGES):
            _, page = self._send("GET", path, parameters={"pageToken": token} if token else {})
            yield page
            token = text_at(page, "nextPageToken")
            if not token:
                return

    def _send(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, str] | None = None,
        json: JsonObject | None = None,
        accepted: tuple[int, ...] = (),
    ) -> tuple[int, JsonObject]:
        """One request, made again while that may help."""
        import requests

        for pause_s in (*_PAUSES_S, None):
            try:
                response = self._session.request(
                    method,
                    f"{self._root}/{path}",
                    params=parameters,
                    headers={"Authorization": f"Bearer {self._token()}"} if self._token is not None else {},
                    json=json,
                    timeout=_TIMEOUTS_S,
                    allow_redirects=False,
                )
            except requests.RequestException as error:
                if pause_s is None:
                    raise PreconditionError(
                        f"the GKE Hub API does not answer ({type(error).__name__})",
                        hint="look at the network and at HTTPS_PROXY, then run the same command again",
                    ) from error
                self.clock.sleep(pause_s)
                continue
            code = response.status_code
            if code < HTTPStatus.MULTIPLE_CHOICES or code in accepted:
                return code, _body(response)
            if code not in _TRANSIENT or pause_s is None:
                raise self._refused(code, _body(response))
            self.clock.sleep(pause_s)
        raise AssertionError("the last attempt returns or raises")

    def _refused(self, code: int, body: JsonObject) -> PreconditionError:
        said = text_at(body, "error", "message")
        details = (f"the GKE Hub API says: {said}",) if said else ()
        what, hint = f"the GKE Hub API refuses this (HTTP status {code})", "run the same command again in a minute"
        reasons = {text_at(item, "reason") for item in objects_at(object_at(body, "error"), "details")}
        if "SERVICE_DISABLED" in reasons:
            what = f"the GKE Hub API is off in project {self.project}"
            hint = f"gcloud services enable {_APIS} --project {self.project}"
        elif code == HTTPStatus.UNAUTHORIZED:
            what = "the Google login is not accepted by the GKE Hub API: it is wrong or has expired"
            hint = "log in again: gcloud auth application-default login"
        elif code == HTTPStatus.FORBIDDEN:
            what = f"the Google login may not change the fleet of project {self.project}"
            hint = f"grant it roles/gkehub.editor in {self.project}, or let somebody run this who has it"
        elif code == HTTPStatus.NOT_FOUND:
            what, hint = f"there is no fleet of project {self.project}", "correct cluster.fleet in the spec"
        return PreconditionError(what, hint=hint, details=details)


def fleet_hub(project: str, *, clock: Clock, environ: Mapping[str, str] = os.environ) -> FleetHub:
    """The fleet of a project, with the login of this computer, which a server on it is not shown; nothing is sent yet.

    Raises:
        PreconditionError: no login, or the environment names an endpoint that is none.
    """
    import requests

    from tfk8s.cloud.gke.login import google_login

    endpoint, session = API.endpoint(environ), requests.Session()
    session.trust_env = not endpoint.is_plain
    token = None if endpoint.is_plain else google_login(environ=environ).token
    root = f"{'http' if endpoint.is_plain else 'https'}://{endpoint.address}/v1"
    return FleetHub(project, token=token, session=session, clock=clock, root=root)


def _body(response: requests.Response) -> JsonObject:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
