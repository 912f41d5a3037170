"""Sign-in through a company's provider: allauth's two views, with our connection and a page for a provider that is down."""

import requests
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from freelance_hub.openid import ProviderConnection, provider_is_down


def _answer(
    view: type[OAuth2LoginView] | type[OAuth2CallbackView], request: HttpRequest, provider_id: str
) -> HttpResponse:
    connection = ProviderConnection(request, provider_id)
    try:
        response: HttpResponse = view.adapter_view(connection)(request)
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    except (requests.RequestException, OAuth2Error):
        return provider_is_down(request, connection.get_provider().app.name)
    return response


@never_cache
@require_http_methods(["GET", "POST"])
def openid_login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """GET asks, POST goes to the provider."""
    return _answer(OAuth2LoginView, request, provider_id)


@never_cache
@require_safe
def openid_callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Where the provider sends the browser back to."""
    return _answer(OAuth2CallbackView, request, provider_id)
