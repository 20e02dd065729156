"""The browsers and platforms that we know, under the names that stay when a browser updates itself.

ua-parser tells "Chrome Mobile iOS" from "Chrome Mobile"; here both are Chrome, because platform and device class
already tell them apart. What is not in these tables is unknown, and must be identical to pass.
"""

from collections.abc import Mapping

# ua-parser's browser family → ours. Tools, robots and HTTP libraries are left out on purpose.
BROWSER_FAMILIES: Mapping[str, str] = {
    "Chrome": "Chrome",
    "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Chrome Mobile WebView": "Android WebView",
    "HeadlessChrome": "Headless Chrome",
    "Chromium": "Chromium",
    "Edge": "Edge",
    "Edge Mobile": "Edge",
    "Firefox": "Firefox",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "Firefox Beta": "Firefox",
    "Safari": "Safari",
    "Mobile Safari": "Safari",
    "Mobile Safari UI/WKWebView": "iOS WebView",
    "Opera": "Opera",
    "Opera Mobile": "Opera",
    "Opera Touch": "Opera Touch",
    "Opera Mini": "Opera Mini",
    "Opera GX": "Opera",
    "Samsung Internet": "Samsung Internet",
    "Vivaldi": "Vivaldi",
    "Brave": "Brave",
    "DuckDuckGo": "DuckDuckGo",
    "DuckDuckGo Mobile": "DuckDuckGo",
    "Yandex Browser": "Yandex",
    "Ecosia iOS": "Ecosia",
    "Ecosia Android": "Ecosia",
    "Seznam prohlížeč": "Seznam",
    "Amazon Silk": "Amazon Silk",
    "MiuiBrowser": "MIUI Browser",
    "Huawei Browser": "Huawei Browser",
    "UC Browser": "UC Browser",
    "QQ Browser": "QQ Browser",
    "QQ Browser Mobile": "QQ Browser",
    "Whale": "Whale",
    "Coc Coc": "Coc Coc",
    "Google": "Google App",
    "Facebook": "Facebook App",
    "Instagram": "Instagram App",
    "Konqueror": "Konqueror",
    "Qt Web Engine": "Qt WebEngine",
    "Epiphany": "GNOME Web",
    "Pale Moon": "Pale Moon",
    "SeaMonkey": "SeaMonkey",
    "Waterfox": "Waterfox",
    "Electron": "Electron",
    "IE": "Internet Explorer",
}

# The products that browsers of these families always name, and their engines. Any other one names a browser, or an
# application, of its own that ua-parser does not tell apart: it becomes part of the family.
ORDINARY_PRODUCTS = frozenset(
    {
        "AppleWebKit", "Brave", "Chrome", "Chromium", "CriOS", "Ddg", "DuckDuckGo", "Edg", "EdgA", "EdgW", "Edge",
        "EdgiOS", "Electron", "Epiphany", "Firefox", "FxiOS", "GSA", "Gecko", "Goanna", "HeadlessChrome",
        "HuaweiBrowser", "Instagram", "Konqueror", "MiuiBrowser", "Mobile", "Mozilla", "OPR", "OPiOS", "Opera",
        "PaleMoon", "Presto", "QQBrowser", "QtWebEngine", "Safari", "SamsungBrowser", "SeaMonkey", "Silk",
        "SznProhlizec", "UCBrowser", "Ubuntu", "Version", "Vivaldi", "Waterfox", "Whale", "XiaoMi", "YaBrowser",
        "coc_coc_browser", "like",
    }
)  # fmt: skip

# Their headers carry no version, so that none can be demanded of them.
UNVERSIONED_FAMILIES = frozenset({"iOS WebView"})

# ua-parser's operating system → ours. Distributions of Linux are one platform: a release upgrade renames them.
PLATFORM_FAMILIES: Mapping[str, str] = {
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "Linux": "Linux",
    "Ubuntu": "Linux",
    "Debian": "Linux",
    "Fedora": "Linux",
    "Red Hat": "Linux",
    "CentOS": "Linux",
    "SUSE": "Linux",
    "Gentoo": "Linux",
    "Linux Mint": "Linux",
    "Kubuntu": "Linux",
    "FreeBSD": "FreeBSD",
    "OpenBSD": "OpenBSD",
    "NetBSD": "NetBSD",
    "Chrome OS": "ChromeOS",
    "Android": "Android",
    "KaiOS": "KaiOS",
    "Tizen": "Tizen",
    "iOS": "iOS",
    "Windows Phone": "Windows Phone",
}

_HANDHELD = frozenset({"Android", "KaiOS", "Tizen", "Windows Phone"})


def device_class_of(platform: str, raw: str) -> str:
    """desktop, mobile or tablet, by the marks that browsers themselves set."""
    if platform == "iOS":
        return "tablet" if "iPad" in raw else "mobile"
    if platform in _HANDHELD:
        # Chrome, Firefox and their kin leave out "Mobile" on tablets.
        return "mobile" if "Mobile" in raw or "Mini" in raw else "tablet"
    return "desktop"
