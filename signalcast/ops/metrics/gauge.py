"""A number of this moment, with a value for each combination of labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from prometheus_client.metrics_core import GaugeMetricFamily


class Gauge:
    """Values by labels."""

    def __init__(self, name: str, meaning: str, labels: tuple[str, ...] = ()) -> None:
        self.name, self.meaning, self.labels = name, meaning, labels
        self.values: dict[tuple[str, ...], float] = {}

    def put(self, *labels: str, value: float) -> Self:
        """Set the value for these labels."""
        self.values[labels] = value
        return self

    def family(self) -> GaugeMetricFamily:
        """The same as prometheus-client wants it."""
        from prometheus_client.metrics_core import GaugeMetricFamily

        family = GaugeMetricFamily(self.name, self.meaning, labels=self.labels)
        for labels, value in self.values.items():
            family.add_metric(labels, value)
        return family
