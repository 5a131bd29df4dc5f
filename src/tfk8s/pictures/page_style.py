"""How a report looks: light or dark as the reader's system is, on a phone, and on paper."""

from __future__ import annotations

from typing import Final

STYLE: Final = """\
:root { color-scheme: light dark; }
:root { --ink: #222222; --paper: #ffffff; --soft: #5b6168; --line: #d9d9d9; --shade: #f4f5f7; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0.5rem 0; }
h2 { font-size: 1.15rem; margin: 2rem 0 0.5rem; }
p { max-width: 45rem; margin: 0.5rem 0; }
footer { margin-top: 2rem; color: var(--soft); font-size: 0.85rem; }
.wide { overflow-x: auto; margin: 0.75rem 0; }
.wide:focus-visible { outline: 2px solid #0072b2; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
caption { text-align: left; color: var(--soft); font-size: 0.9rem; padding-bottom: 0.25rem; }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 0.5rem; }
th, td { border-bottom: 1px solid var(--line); }
thead th { background: var(--shade); }
.figure { text-align: right; white-space: nowrap; }
th.figure { white-space: normal; }
.facts { width: 100%; }
table { font-size: 0.92rem; }
.facts th { width: 12rem; font-weight: 600; }
.facts td { overflow-wrap: anywhere; }
figure { margin: 0; }
svg { display: block; width: 100%; min-width: 36rem; height: auto; }
@media screen and (max-width: 30rem) {
  .facts th { width: 8rem; }
}
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #e6e6e6; --paper: #16181c; --soft: #a5abb3; --line: #3a3f46; --shade: #22262c; }
  svg [style*="fill: #ffffff"] { fill: #16181c !important; }
  svg [style*="fill: #222222"] { fill: #e6e6e6 !important; }
  svg [style*="stroke: #222222"] { stroke: #e6e6e6 !important; }
  svg [style*="stroke: #d9d9d9"] { stroke: #3a3f46 !important; }
  svg [style*="stroke: #0072b2"] { stroke: #3d9ad1 !important; }
  svg [style*="fill: #0072b2"] { fill: #3d9ad1 !important; }
}
@media print {
  main { max-width: none; padding: 0; }
  .wide { overflow: visible; }
  svg { min-width: 0; }
  figure, tr { break-inside: avoid; }
  h2 { break-after: avoid; }
}
"""
