"""A form that waits in the session, and so in the database, until its sender has said who they are.

allauth keeps the whole request there: the sender's address and cookie and, as our server passes the environment on with
each request, the site's own keys. This keeps what was typed, without passwords; the rest is that of the later request.
"""

import json

from allauth.account.internal.flows import reauthentication
from allauth.core.internal import httpkit


def serialize(request):
    typed = request.POST.copy()
    for name in [name for name in typed if "password" in name]:
        del typed[name]
    return json.dumps(json.loads(httpkit.serialize_request(request)) | {"META": {}, "POST": typed.urlencode()})


def deserialize(text, request):
    later = request.META
    request = httpkit.deserialize_request(text, request)
    address = {"PATH_INFO": request.path_info, "QUERY_STRING": request.GET.urlencode()}
    request.META = later | address | {"REQUEST_METHOD": request.method}
    return request


def install():
    """allauth has no setting for it."""
    reauthentication.serialize_request = serialize
    reauthentication.deserialize_request = deserialize
