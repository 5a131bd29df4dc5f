"""What pods and nodes come to in hours and in money. Pure: decimal numbers in, a bill with its arithmetic out."""

from __future__ import annotations

from tfk8s.cost.bill import MONTH_H, Bill, Line, Missing, Price
from tfk8s.cost.tariff import Tariff
from tfk8s.cost.usage import NodeUse, PodUse, Usage, bill_of

__all__ = ["MONTH_H", "Bill", "Line", "Missing", "NodeUse", "PodUse", "Price", "Tariff", "Usage", "bill_of"]
