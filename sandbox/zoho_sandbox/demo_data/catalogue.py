"""The demo company's price list: sixteen families of measuring instruments and services, five products each."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple


class Family(NamedTuple):
    """`price` is in JPY, for the smallest variant."""

    code: str
    name: str
    category: str
    price: int
    unit: str
    variants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """One product as the CRM holds it; `price` in JPY, whole yen."""

    fields: dict[str, Any]
    price: Decimal


_SIZES = ("100", "200", "300", "500", "900")
_RANKS = ("Lite", "Standard", "Plus", "Pro", "Enterprise")
_TERMS = ("1年", "2年", "3年", "4年", "5年")
_STEPS = (Decimal(1), Decimal("1.4"), Decimal("1.9"), Decimal("2.6"), Decimal("4.2"))

FAMILIES = (
    Family("TS", "温度センサー", "Hardware", 12800, "Units", _SIZES),
    Family("HS", "湿度センサー", "Hardware", 14200, "Units", _SIZES),
    Family("PS", "圧力センサー", "Hardware", 24500, "Units", _SIZES),
    Family("VS", "Vibration Sensor", "Hardware", 39800, "Units", _SIZES),
    Family("FM", "電磁流量計", "Hardware", 86000, "Units", _SIZES),
    Family("LV", "Level Transmitter", "Hardware", 128000, "Units", _SIZES),
    Family("GW", "IoT Gateway", "Hardware", 148000, "Units", _SIZES),
    Family("DL", "データロガー", "Hardware", 64000, "Units", _SIZES),
    Family("DP", "表示パネル", "Hardware", 52000, "Units", _SIZES),
    Family("PW", "電源ユニット", "Hardware", 9800, "Units", _SIZES),
    Family("CB", "Sensor Cable", "Hardware", 3200, "Units", ("2m", "5m", "10m", "20m", "50m")),
    Family("CL", "Minato Cloud", "Software", 36000, "Each", _RANKS),
    Family("MT", "保守契約", "Services", 90000, "Each", _TERMS),
    Family("CA", "Calibration Service", "Services", 28000, "Each", _RANKS),
    Family("TR", "Training", "Services", 60000, "Each", ("Basic", "Operator", "Engineer", "Analyst", "Master")),
    Family("IN", "設置工事", "Services", 120000, "Each", ("小規模", "中規模", "大規模", "遠隔地", "夜間")),
)


def catalogue() -> Iterator[Product]:
    """Every product, always in the same order and at the same price."""
    for family in FAMILIES:
        for number, (variant, step) in enumerate(zip(family.variants, _STEPS, strict=True), start=1):
            yield _product(family, variant, number, _rounded(family.price * step))


def _rounded(price: Decimal) -> Decimal:
    """To the hundred yen, as price lists are."""
    return (price / 100).quantize(Decimal(1)) * 100


def _product(family: Family, variant: str, number: int, price: Decimal) -> Product:
    separator = "-" if variant.isdigit() else " "
    name = f"{family.name} {family.code}{separator}{variant}"
    return Product(
        fields={
            "Product_Name": name,
            "Product_Code": f"MK-{family.code}-{number:03d}",
            "Product_Category": family.category,
            "Product_Active": True,
            "Manufacturer": "Minato",
            "Unit_Price": price,
            "Usage_Unit": family.unit,
            "Taxable": True,
            "Currency": "JPY",
        },
        price=price,
    )
