"""The line that puts the widget on a page, with a site's own values, and where it goes in what pages are built with."""

from urllib.parse import quote

from sites.models import Site

Recipe = tuple[str, str, str]  # name, what to do, code


def line(site: Site, base: str) -> str:
    """The one line."""
    return f'<script src="{base}/w/v1.js" data-site="{site.slug}" async></script>'


def recipes(site: Site, base: str) -> list[Recipe]:
    """How it is done elsewhere than in a page's own HTML."""
    tag, address = line(site, base), f"{base}/w/v1.js?site={quote(site.slug)}"
    gone = "return () => window.Handrail?.destroy();"
    once = f'const script = document.createElement("script");\nscript.src = "{address}";\nscript.async = true;'
    return [
        ("Plain HTML", "Before </body> of each page, or in the head.", tag),
        ("WordPress", "In a plugin for header and footer code, or the child theme's footer.php, before </body>.", tag),
        ("Shopify", "Online Store, Themes, Edit code: in layout/theme.liquid, before </body>.", tag),
        (
            "A tag manager",
            "A tag of custom HTML, on all pages. Some drop data-site, so the site stands in the address.",
            f'<script src="{address}" async></script>',
        ),
        (
            "React",
            "Once, in the component that never goes away; it survives changes of page by itself.",
            f"useEffect(() => {{\n{once}\ndocument.body.append(script);\n{gone}\n}}, []);",
        ),
        ("Vue", "Once, in App.vue.", f"onMounted(() => {{\n{once}\ndocument.body.append(script);\n}});"),
        ("Turbo, htmx and other pages that swap their body", "In the head. It comes back when it is taken out.", tag),
        (
            "A page with a content security policy",
            "The policy has to let it load and speak.",
            f"script-src {base}; connect-src {base} {base.replace('http', 'ws', 1)}",
        ),
    ]
