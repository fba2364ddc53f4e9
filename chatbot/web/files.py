"""Files from customers: handed in for the person who has the conversation, fetched by whoever has the address.

Law of the file: what comes in is taken where the site says so and a person is there, else refused in the frame's own
way; what goes out is a download that no browser runs, whatever is in it.
"""

from typing import Any

from channels.db import database_sync_to_async
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from chatbot.web import chat, door
from chatbot.web.door import Refusal
from conversations import attachments, record
from conversations.wording import Spoken
from escalation.desk import desk
from sites.models import Site

Frame = dict[str, Any]
AROUND = 64 * 1024
"""Bytes that a request may have besides its file."""


@csrf_exempt
async def hand_in(request: HttpRequest) -> HttpResponse:
    """One file for the person who has the conversation: its ack, or why it is not taken, as the socket's frames."""
    if request.method != "POST":
        return _told({"detail": "Files are posted."}, 405)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > attachments.LARGEST + AROUND:
        return _told(Refusal("too_long", Spoken().say("refused.file_size", most=_most())).frame(), 413)
    # On a thread of its own: a picture that is drawn anew holds up nobody's words.
    told: HttpResponse = await database_sync_to_async(_handed_in, thread_sensitive=False)(request)
    return told


def _handed_in(request: HttpRequest) -> HttpResponse:
    frame: Frame = {name: request.POST.get(name, "") for name in ("site", "conversation", "token", "identity", "id")}
    try:
        address = door.address(request.META.get("REMOTE_ADDR", ""))
        if not frame["conversation"]:
            raise Refusal("hello_first", "A file goes into a conversation.")
        thread = chat.open_thread(frame, request.headers.get("Origin", ""), request.get_host(), address)
        return _told({"type": "ack", "id": frame["id"], "seq": _kept(thread, frame, request, address).seq})
    except Refusal as refusal:
        return _told({**refusal.frame(), "id": frame["id"][:64]}, 200)


def _kept(thread: chat.Thread, frame: Frame, request: HttpRequest, address: str) -> record.Asked:
    """The message that the file became. Raises Refusal."""
    door.count("file", address, str(thread.id), thread.spoken)
    file, site = request.FILES.get("file"), Site.objects.get(pk=thread.site_id)
    if file is None or not 1 <= len(frame["id"]) <= 64:
        raise Refusal("bad_frame", "A file needs an “id” and a “file”.")
    if not chat.takes_files(site):
        raise Refusal("bad_frame", thread.spoken.say("refused.file_state"))
    try:
        with attachments.taken(thread.id, file.read(attachments.LARGEST + 1), file.name or "") as held:
            asked = record.attach(thread.id, frame["id"], held.name, held.part)
    except attachments.NotTaken as why:
        raise Refusal("bad_frame", thread.spoken.say(f"refused.{why.key}", most=_most())) from None
    except (record.IllegalMove, record.Closed):
        raise Refusal("bad_frame", thread.spoken.say("refused.file_state")) from None
    if asked.new:
        desk.customer_wrote(thread.id)
    else:
        attachments.drop(thread.id, held)
    return asked


@never_cache
@require_safe
def fetch(request: HttpRequest, signed: str) -> HttpResponseBase:
    """A file by its signed address; 410 once that has expired or the file was erased."""
    found = attachments.find(signed)
    if found is None:
        said = "This address has expired, or the file is gone. Open the conversation anew for a fresh one."
        return HttpResponse(said, status=410, content_type="text/plain; charset=utf-8")
    path, name, kind = found
    response = FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=kind)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-site"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def _most() -> str:
    return str(attachments.LARGEST // 1024 // 1024)


def _told(body: Frame, status: int = 200) -> HttpResponse:
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}
    return JsonResponse(body, status=status, headers=headers)
