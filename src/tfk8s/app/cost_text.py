"""What services cost, as a table with its arithmetic for each cluster, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from tfk8s.app.cost import MAX, MIN, Column, Estimate, SiteCost
from tfk8s.cost import MONTH_H, Line, Price
from tfk8s.names.printable import one_line
from tfk8s.pictures import Table, to_text

if TYPE_CHECKING:
    from tfk8s.manifest import JsonObject, JsonValue
    from tfk8s.plan.workloads import Workload

_NOTHING: Final = "–"
_GIB: Final = 2**30


def cost_lines(found: Estimate) -> Iterator[str]:
    """Yield a table a cluster, the sum of several, where prices come from, and what a reader must know."""
    yield from _site_lines(found)
    if len(found.sites) > 1:
        yield from _total_lines(found)
    yield from map(one_line, _price_lines(found))
    yield from (one_line(f"note: {note}") for note in found.notes)


def _site_lines(found: Estimate) -> Iterator[str]:
    for cost in found.sites:
        yield f"{cost.site.name}:"
        yield from (one_line(f"  {cost.site.called(each)}: {_pods_text(each)}") for each in cost.site.workloads)
        yield ""
        yield to_text(_table(cost, currency="" if found.prices is None else found.prices.currency))
        yield ""


def _pods_text(workload: Workload) -> str:
    need = workload.need
    count = f"{workload.fewest}" if workload.fewest == workload.most else f"{workload.fewest} to {workload.most}"
    gpus = f", {need.gpus} GPUs" if need.gpus else ""
    size = f"{number(Decimal(need.cpu_millis) / 1000)} cores, {number(Decimal(need.memory_bytes) / _GIB)} GiB{gpus}"
    return f"{count} pods of {size}"


def _table(cost: SiteCost, *, currency: str) -> Table:
    columns = cost.columns
    rows: list[tuple[str, ...]] = [
        ("hours", *(number(column.bill.hours) for column in columns)),
        ("pod-hours", *(number(column.bill.pod_hours) for column in columns)),
    ]
    if any(column.bill.node_hours is not None for column in columns):
        rows.append(("node-hours", *(_hours(column.bill.node_hours) for column in columns)))
    rows += [(what, *(_cell(column, what) for column in columns)) for what in _in_order(columns)]
    if currency:
        rows.append((f"in all ({currency})", *(_money(column) for column in columns)))
        rows.append((f"a month of {MONTH_H} h ({currency})", *(_money(column, of_month=True) for column in columns)))
        named = dict.fromkeys(name for column in columns for name in column.predictions)
        rows += [(f"1000 {name}", *(_thousand(column, name) for column in columns)) for name in named]
    head = ("", *(column.name for column in columns))
    return Table(caption=cost.site.name, head=head, rows=tuple(rows))


def _in_order(columns: tuple[Column, ...]) -> list[str]:
    return list(dict.fromkeys(line.what for column in columns for line in column.bill.lines))


def _cell(column: Column, what: str) -> str:
    return next((_arithmetic(line) for line in column.bill.lines if line.what == what), _NOTHING)


def _arithmetic(line: Line) -> str:
    amount = number(line.unit_hours)
    if not isinstance(line.price, Price):
        return f"{amount} x ?"
    month = f" / {line.price.hours}" if line.price.hours != 1 else ""
    return f"{amount} x {line.price.amount:f}{month} = {line.money or Decimal(0):.4f}"


def _money(column: Column, *, of_month: bool = False) -> str:
    bill = column.bill
    return _whole(f"{bill.month(bill.known):,.2f}" if of_month else f"{bill.known:.4f}", column)


def _thousand(column: Column, name: str) -> str:
    money = column.of_thousand(name)
    return _NOTHING if money is None else _whole(f"{money:.6f}", column)


def _whole(known: str, column: Column) -> str:
    """Say of a sum whether it is all."""
    return f"{known} and more" if column.bill.money is None else known


def _total_lines(found: Estimate) -> Iterator[str]:
    if found.prices is None:
        return
    least, most = found.total(MIN), found.total(MAX)
    if least is None or most is None:
        yield "all clusters: a price is missing, so there is no sum"
    else:
        span = f"{least:,.2f}" if least == most else f"{least:,.2f} to {most:,.2f}"
        yield f"all clusters: {span} {found.prices.currency} a month of {MONTH_H} h"


def _price_lines(found: Estimate) -> Iterator[str]:
    if found.prices is None:
        yield "no prices: --prices FILE tells what that costs (docs/cost.md)"
        return
    yield f"prices: {found.prices.currency}, of {found.prices.date}, from {found.prices.source}"
    yield from (f"no price: {missing}" for missing in found.missing)


def number(value: Decimal) -> str:
    """Write an amount to four places, without zeros at the end."""
    text = f"{value:.4f}"
    return text.rstrip("0").rstrip(".")


def _hours(value: Decimal | None) -> str:
    return _NOTHING if value is None else number(value)


def cost_json(found: Estimate) -> JsonObject:
    """The stable form of `-o json`; money is null where a price is missing, and `known` is what the others come to."""
    prices = found.prices
    return {
        "currency": None if prices is None else prices.currency,
        "pricesDate": None if prices is None else prices.date,
        "pricesSource": None if prices is None else prices.source,
        "clusters": [_site_json(cost) for cost in found.sites],
        "month": {name: _float(found.total(name)) for name in (MIN, MAX)},
        "missing": [*map(str, found.missing)],
        "notes": [*found.notes],
    }


def _site_json(cost: SiteCost) -> JsonObject:
    return {
        "name": cost.site.name,
        "region": cost.site.region,
        "services": [
            {
                "namespace": workload.namespace,
                "name": workload.name,
                "min": workload.fewest,
                "max": workload.most,
                "cpuMillis": workload.need.cpu_millis,
                "memoryBytes": workload.need.memory_bytes,
                "gpus": workload.need.gpus,
            }
            for workload in cost.site.workloads
        ],
        "columns": [_column_json(column) for column in cost.columns],
    }


def _column_json(column: Column) -> JsonObject:
    bill = column.bill
    return {
        "name": column.name,
        "hours": _float(bill.hours),
        "podHours": _float(bill.pod_hours),
        "nodeHours": _float(bill.node_hours),
        "lines": [_line_json(line) for line in bill.lines],
        "money": _float(bill.money),
        "known": _float(bill.known) if bill.lines else None,
        "month": None if bill.money is None else _float(bill.month(bill.money)),
        "predictions": [
            {
                "name": name,
                "count": _float(count),
                "moneyOfThousand": None if bill.money is None else _float(column.of_thousand(name)),
            }
            for name, count in column.predictions.items()
        ],
    }


def _line_json(line: Line) -> JsonObject:
    price = line.price if isinstance(line.price, Price) else None
    return {
        "what": line.what,
        "unit": line.unit,
        "unitHours": _float(line.unit_hours),
        "price": None if price is None else _float(price.amount),
        "priceHours": None if price is None else _float(price.hours),
        "money": _float(line.money),
    }


def _float(value: Decimal | None) -> JsonValue:
    """Round to what JSON numbers hold; sums are made before."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)
