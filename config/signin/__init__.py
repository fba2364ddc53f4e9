"""How staff sign in: django-allauth, told what this product means by an account, an address and a second factor.

Law of the room: allauth knows how somebody proves who they are; `sites.people` knows who may come in and what is kept
of it. What stands here only carries the one to the other.
"""
