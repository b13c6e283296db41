"""Calibration of the radar tide gauges at the Larkfield Tidal Observatory.

A radar gauge hangs above the sea and measures the distance down to the
surface.  This module turns those distances into water levels above chart
datum.  The steps are applied in a fixed order:

1. remove the slow drift of the sensor since its last calibration;
2. correct for the temperature of the mast;
3. subtract the distance from the height of the sensor;
4. discard spikes and average what is left.

Run the module as a script to see a small worked example.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from statistics import fmean, median

#: Seconds between two stored water levels (six minutes).
SAMPLING_INTERVAL_S = 360

#: The radar fires once per second for this many seconds before each sample.
BURST_LENGTH_S = 40

#: Sensor drift, in millimetres per day: the measured distance grows with age.
DRIFT_MM_PER_DAY = 0.042

#: Thermal expansion of the aluminium mast, per metre and degree Celsius.
MAST_EXPANSION_PER_C = 23.1e-6

#: Temperature at which the height of every mast was surveyed, in Celsius.
REFERENCE_TEMPERATURE_C = 12.0

#: A reading further than this from the median of its burst is a spike.
SPIKE_LIMIT_M = 0.18

#: A burst with a smaller share of good readings than this is rejected.
MIN_GOOD_SHARE = 0.6

#: Days after which a calibration is too old to be trusted.
MAX_CALIBRATION_AGE_DAYS = 400


class CalibrationError(ValueError):
    """Raised when readings cannot be calibrated reliably."""


@dataclass(frozen=True)
class Gauge:
    """The surveyed properties of one tide gauge.

    ``sensor_height_m`` is the height of the sensor above chart datum and
    ``mast_length_m`` the free length of mast that carries it.
    """

    name: str
    sensor_height_m: float
    mast_length_m: float
    calibrated_on: date


def drift_correction(gauge: Gauge, day: date) -> float:
    """Return the drift of the sensor on ``day``, in metres.

    Raises :class:`CalibrationError` if the last calibration lies in the
    future or is older than ``MAX_CALIBRATION_AGE_DAYS``.
    """
    age = (day - gauge.calibrated_on).days
    if age < 0:
        raise CalibrationError(f"{gauge.name}: calibrated after {day}")
    if age > MAX_CALIBRATION_AGE_DAYS:
        raise CalibrationError(f"{gauge.name}: calibration is {age} days old")
    return age * DRIFT_MM_PER_DAY / 1000


def mast_correction(gauge: Gauge, temperature_c: float) -> float:
    """Return how much the mast has grown since its survey, in metres."""
    difference = temperature_c - REFERENCE_TEMPERATURE_C
    return gauge.mast_length_m * MAST_EXPANSION_PER_C * difference


def remove_spikes(burst: list[float]) -> list[float]:
    """Return the readings of ``burst`` that lie close to its median."""
    if not burst:
        raise CalibrationError("the burst is empty")
    middle = median(burst)
    good = [reading for reading in burst if abs(reading - middle) <= SPIKE_LIMIT_M]
    if len(good) < MIN_GOOD_SHARE * len(burst):
        raise CalibrationError(f"only {len(good)} of {len(burst)} readings are good")
    return good


def water_level(gauge: Gauge, burst: list[float], day: date, temperature_c: float) -> float:
    """Return the water level above chart datum, in metres.

    ``burst`` holds distances from the sensor to the sea in metres.  The
    result is rounded to the millimetre.
    """
    drift = drift_correction(gauge, day)
    height = gauge.sensor_height_m + mast_correction(gauge, temperature_c)
    distance = fmean(remove_spikes([reading - drift for reading in burst]))
    return round(height - distance, 3)


def samples_per_day() -> int:
    """Return the number of water levels that one gauge stores in a day."""
    return 24 * 3600 // SAMPLING_INTERVAL_S


def main() -> None:
    """Calibrate one invented burst and print the result."""
    gauge = Gauge("Wick Quay", 8.640, 3.5, date(2031, 2, 3))
    burst = [5.212, 5.218, 5.209, 5.944, 5.215]
    level = water_level(gauge, burst, date(2031, 6, 3), temperature_c=17.5)
    print(f"{gauge.name}: {level:.3f} m above chart datum")
    print(f"{samples_per_day()} samples per day")


if __name__ == "__main__":
    main()
