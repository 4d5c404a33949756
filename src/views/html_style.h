// SPDX-License-Identifier: Apache-2.0
// How an HTML page looks: light and dark as the reader's system has it, from a phone's width up.
#ifndef EVERTURN_VIEWS_HTML_STYLE_H_
#define EVERTURN_VIEWS_HTML_STYLE_H_

namespace everturn {

inline constexpr const char* kHtmlStyle = R"css(
:root { color-scheme: light dark; --paper: #fff; --ink: #1c1e21; --soft: #5c6470; --line: #dfe3e8;
  --card: #f5f6f8; --user: #0b6b3a; --user-card: #eef7f1; --model: #1a4fa3; --bad: #a3221a;
  --bad-card: #fdf0ee; }
@media (prefers-color-scheme: dark) { :root { --paper: #15171a; --ink: #e3e6ea; --soft: #98a1ad;
  --line: #30353c; --card: #1e2126; --user: #6fd39a; --user-card: #18241d; --model: #8ab4f8;
  --bad: #ff9b92; --bad-card: #2b1a19; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 56rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
header { border-bottom: 1px solid var(--line); margin-bottom: 1rem; }
h1 { font-size: 1.4rem; line-height: 1.3; margin: .5rem 0; }
header p, time, .soft { color: var(--soft); font-size: .85rem; }
.turn { margin: 1.25rem 0; }
.user { background: var(--user-card); border-left: 3px solid var(--user); border-radius: 6px;
  padding: .1rem .9rem; }
h2 { font-size: .9rem; margin: .5rem 0; color: var(--soft); }
.user > h2 { color: var(--user); }
.assistant > h2 { color: var(--model); }
h2 time, h2 .soft { font-weight: normal; margin-left: .5rem; }
h3 { font-size: .75rem; font-weight: 600; color: var(--soft); margin: .6rem 0 .2rem; }
.text { white-space: pre-wrap; margin: .5rem 0; }
pre, code { font: .82rem/1.45 ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .6rem;
  margin: .4rem 0; white-space: pre-wrap; max-height: 32rem; overflow: auto; }
details { margin: .4rem 0; border: 1px solid var(--line); border-radius: 6px;
  padding: .25rem .7rem; }
details > summary { cursor: pointer; color: var(--soft); font-size: .88rem; }
details > summary b { color: var(--ink); }
details.earlier { padding: .5rem .7rem; border-style: dashed; }
.failed > summary b, .failed .outcome { color: var(--bad); }
.outcome { display: block; font-size: .8rem; }
.damage { background: var(--bad-card); color: var(--bad); border: 1px solid; border-radius: 6px;
  padding: .5rem .7rem; margin: .75rem 0; font-size: .88rem; }
img { max-width: 100%; height: auto; border: 1px solid var(--line); border-radius: 6px; }
footer { border-top: 1px solid var(--line); margin-top: 2rem; color: var(--soft);
  font-size: .85rem; }
@media print { details, details > * { display: block; } pre { max-height: none; } }
)css";

}  // namespace everturn

#endif  // EVERTURN_VIEWS_HTML_STYLE_H_
