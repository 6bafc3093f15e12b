"""The control API for people and groups, under /_sim/line/users and /_sim/line/groups."""

import re
from typing import Any

from aiohttp import web

from simulator.gestures import gesture_json
from simulator.jsonio import JsonObject
from simulator.line.control import PREFIX, find_group, find_user
from simulator.line.gestures import Place
from simulator.line.platform import LinePlatform
from simulator.line.world import User
from simulator.people import describe, each, listed, messages, picture
from simulator.replies import ControlError, json_routes, text

_USER_ID = re.compile(r"U[0-9a-f]{32}")
_GROUP_ID = re.compile(r"C[0-9a-f]{32}")


class PeopleControl:
    """Handlers; each takes the request and its JSON body, and returns JSON."""

    def __init__(self, line: LinePlatform) -> None:
        self._line = line

    def routes(self) -> list[web.RouteDef]:
        """Everything about people and groups."""
        user, group = "/users/{id}", "/groups/{id}"
        table = [
            ("GET", "/users", self.users),
            ("POST", "/users", self.add_users),
            ("GET", user, self.user),
            ("POST", f"{user}/follow", self.follow),
            ("POST", f"{user}/block", self.block),
            ("POST", f"{user}/unblock", self.unblock),
            ("GET", f"{user}/messages", self.user_messages),
            ("GET", "/groups", self.groups),
            ("POST", "/groups", self.add_group),
            ("GET", group, self.group),
            ("POST", f"{group}/invite", self.invite),
            ("POST", f"{group}/remove_bot", self.remove_bot),
            ("POST", f"{group}/members", self.change_members),
            ("GET", f"{group}/messages", self.group_messages),
        ]
        for place in (user, group):
            table += [
                ("POST", f"{place}/text", self.say),
                ("POST", f"{place}/sticker", self.sticker),
                ("POST", f"{place}/image", self.image),
                ("POST", f"{place}/file", self.file),
                ("POST", f"{place}/tap", self.tap),
                ("POST", f"{place}/unsend", self.unsend),
            ]
        return [*json_routes(PREFIX, table), web.get(PREFIX + "/contents/{id}", self.content)]

    async def users(self, request: web.Request, body: JsonObject) -> JsonObject:
        """People in the order in which they came; `q`, `shown`, `offset` and `limit` narrow it down."""
        return listed(request, self._line.world.users.values(), _is_meant, User.as_json)

    async def add_users(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Create one person, or a list. A known id is changed instead. No event is sent."""
        return each(body, self._add_user)

    async def user(self, request: web.Request, body: JsonObject) -> JsonObject:
        """One person."""
        return self._user(request).as_json()

    async def follow(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Add the bot as a friend."""
        return await gesture_json(self._line.gestures.follow(self._user(request)), body)

    async def block(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Block the bot."""
        return await gesture_json(self._line.gestures.block(self._user(request)), body)

    async def unblock(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Unblock the bot: a follow event with isUnblocked."""
        user = self._user(request)
        if not user.blocked:
            raise ControlError(409, f"{user.name} does not block")
        return await gesture_json(self._line.gestures.follow(user), body)

    async def user_messages(self, request: web.Request, body: JsonObject) -> JsonObject:
        """The 1:1 chat, as a long poll."""
        return await messages(request, self._user(request).chat)

    async def groups(self, request: web.Request, body: JsonObject) -> JsonObject:
        """All groups; `userId` narrows it down to one person's."""
        member = request.query.get("userId")
        return {
            "groups": [
                group.as_json()
                for group in self._line.world.groups.values()
                if member is None or member in group.members
            ]
        }

    async def add_group(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Create a group of people; the bot is not in it yet."""
        group_id = body.get("id")
        if group_id is not None and (not _GROUP_ID.fullmatch(str(group_id)) or group_id in self._line.world.groups):
            raise ControlError(400, "id must be C and 32 hexadecimal digits, and new")
        members = [user.id for user in self._named(body, "members")]
        group = self._line.world.add_group(text(body, "name"), members, group_id)
        group.chat.touch()
        return group.as_json()

    async def group(self, request: web.Request, body: JsonObject) -> JsonObject:
        """One group."""
        return find_group(self._line, request.match_info["id"]).as_json()

    async def invite(self, request: web.Request, body: JsonObject) -> JsonObject:
        """The bot joins."""
        group = find_group(self._line, request.match_info["id"])
        return await gesture_json(self._line.gestures.invite(group), body)

    async def remove_bot(self, request: web.Request, body: JsonObject) -> JsonObject:
        """A member removes the bot: a leave event."""
        group = find_group(self._line, request.match_info["id"])
        return await gesture_json(self._line.gestures.remove_bot(group), body)

    async def change_members(self, request: web.Request, body: JsonObject) -> JsonObject:
        """People join (`add`) and leave (`remove`)."""
        group = find_group(self._line, request.match_info["id"])
        gesture = self._line.gestures.change_members(group, self._named(body, "add"), self._named(body, "remove"))
        return await gesture_json(gesture, body)

    async def group_messages(self, request: web.Request, body: JsonObject) -> JsonObject:
        """The group's chat, as a long poll."""
        return await messages(request, find_group(self._line, request.match_info["id"]).chat)

    async def say(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Write a text."""
        return await gesture_json(self._line.gestures.say(self._place(request, body), text(body, "text")), body)

    async def sticker(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Send a sticker."""
        return await gesture_json(self._line.gestures.sticker(self._place(request, body)), body)

    async def image(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Send a picture."""
        return await gesture_json(self._line.gestures.upload(self._place(request, body), "image", body), body)

    async def file(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Send a file."""
        return await gesture_json(self._line.gestures.upload(self._place(request, body), "file", body), body)

    async def tap(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Tap a button."""
        return await gesture_json(self._line.gestures.tap(self._place(request, body), body), body)

    async def unsend(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Take a message back."""
        gesture = self._line.gestures.unsend(self._place(request, body), text(body, "messageId"))
        return await gesture_json(gesture, body)

    async def content(self, request: web.Request) -> web.StreamResponse:
        """A picture that someone sent, for the phones page."""
        item = self._line.world.contents.get(request.match_info["id"])
        return picture(None if item is None or item.unsent else item.content)

    def _user(self, request: web.Request) -> User:
        return find_user(self._line, request.match_info["id"])

    def _named(self, body: JsonObject, name: str) -> list[User]:
        ids: Any = body.get(name, [])
        if not isinstance(ids, list):
            raise ControlError(400, f"{name} must be a list of user ids")
        return [find_user(self._line, str(user_id)) for user_id in ids]

    def _place(self, request: web.Request, body: JsonObject) -> Place:
        chat_id = request.match_info["id"]
        if chat_id not in self._line.world.groups:
            return self._line.gestures.alone(find_user(self._line, chat_id))
        return self._line.gestures.within(find_group(self._line, chat_id), find_user(self._line, text(body, "userId")))

    def _add_user(self, wish: JsonObject) -> JsonObject:
        user_id = wish.get("id")
        if user_id is not None and not _USER_ID.fullmatch(str(user_id)):
            raise ControlError(400, "id must be U and 32 hexadecimal digits")
        user = self._line.world.users.get(user_id) if user_id else None
        if user is None:
            user = self._line.world.add_user(text(wish, "name"), user_id)
        describe(user, wish, ("friend", "blocked", "shown"))
        user.chat.touch()
        return user.as_json()


def _is_meant(user: User, words: str) -> bool:
    return words in f"{user.name} {user.title}".lower() or user.id.lower() == words
