"""The signature of the image that `versions add` makes: it lies beside the image, so it comes after the push.

The cluster hears of the version once the image has it, and not before.
"""

from __future__ import annotations

from tfk8s.app.image_admission import require_digest
from tfk8s.app.image_sign import SigningWish, sign_image
from tfk8s.app.steps import Done
from tfk8s.app.versions_request import AddPlan, AddRequest, AddWorld
from tfk8s.errors import InputError, UnverifiedError
from tfk8s.manifest import Manifests


def asks_signature(request: AddRequest, plan: AddPlan) -> bool:
    """Whether the image is to be signed here, or has to be."""
    return plan.image is not None and (request.signing is not None or plan.spec.image.verify is not None)


def require_signable(request: AddRequest, plan: AddPlan, *, world: AddWorld) -> None:
    """Refuse what no signature could help, before the image is sent.

    Raises:
        InputError: the image lies in no registry, or image.verify asks for a digest and the spec pins none.
        PreconditionError: cosign is missing.
    """
    if plan.image is None or not asks_signature(request, plan):
        return
    if plan.spec.image.repository is None:
        raise InputError(
            "a signature lies beside the image in its registry, and the spec names none",
            hint="set image.repository in the spec",
        )
    if plan.spec.image.verify is not None and plan.spec.image.digest is None:
        require_digest(plan.image)
    world.signatures.require()


def signed(request: AddRequest, image: str, manifests: Manifests, *, world: AddWorld) -> Done[None]:
    """Sign the image where that is wished, and let it in where the spec asks for a signature, as a step.

    Args:
        request: how it is signed.
        image: `repository@digest`.
        manifests: what the cluster is to run.
        world: verifies and signs.

    Raises:
        PreconditionError: cosign could not sign it.
        UnverifiedError: it has not the signature that the spec asks for.
    """
    told = f"{image} is verified"
    if request.signing is not None and not _is_signed(request, manifests, world=world):
        told = f"{image} by {_sign(request.signing, image, world=world)}"
    try:
        world.world.admit(manifests)
    except UnverifiedError as error:
        if request.signing is not None:
            raise
        raise UnverifiedError(
            f"{error.message}; it was sent to its registry, and the service is as it was",
            hint=f"sign it, `tfk8s image sign {image}`, and run this again; or let this sign it: --sign",
            details=error.details,
        ) from error
    return Done(value=None, outcome=told)


def _is_signed(request: AddRequest, manifests: Manifests, *, world: AddWorld) -> bool:
    """Whether the spec asks for a signature that is there, as after a run that was interrupted."""
    if request.spec.image.verify is None:
        return False
    try:
        world.world.admit(manifests)
    except UnverifiedError:
        return False
    return True


def _sign(wish: SigningWish, image: str, *, world: AddWorld) -> str:
    return sign_image(image, key=wish.key, signatures=world.signatures).signatory
