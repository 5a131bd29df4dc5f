"""The regions of Google Cloud and where they are.

Google names the city of each region (https://cloud.google.com/compute/docs/regions-zones). The positions are those of
these cities, to a tenth of a degree (at most 8 km off); those of buildings are not published.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from tfk8s.placement.globe import Position


class Region(NamedTuple):
    """One region.

    Attributes:
        name: As commands and specs write it.
        city: Where it is, as Google says.
        position: Of that city.
    """

    name: str
    city: str
    position: Position


REGIONS: Final = (
    Region("africa-south1", "Johannesburg, South Africa", Position(-26.2, 28.0)),
    Region("asia-east1", "Changhua County, Taiwan", Position(24.1, 120.5)),
    Region("asia-east2", "Hong Kong", Position(22.3, 114.2)),
    Region("asia-northeast1", "Tokyo, Japan", Position(35.7, 139.7)),
    Region("asia-northeast2", "Osaka, Japan", Position(34.7, 135.5)),
    Region("asia-northeast3", "Seoul, South Korea", Position(37.6, 127.0)),
    Region("asia-south1", "Mumbai, India", Position(19.1, 72.9)),
    Region("asia-south2", "Delhi, India", Position(28.7, 77.2)),
    Region("asia-southeast1", "Jurong West, Singapore", Position(1.3, 103.7)),
    Region("asia-southeast2", "Jakarta, Indonesia", Position(-6.2, 106.8)),
    Region("asia-southeast3", "Bangkok, Thailand", Position(13.8, 100.5)),
    Region("australia-southeast1", "Sydney, Australia", Position(-33.9, 151.2)),
    Region("australia-southeast2", "Melbourne, Australia", Position(-37.8, 145.0)),
    Region("europe-central2", "Warsaw, Poland", Position(52.2, 21.0)),
    Region("europe-north1", "Hamina, Finland", Position(60.6, 27.2)),
    Region("europe-north2", "Stockholm, Sweden", Position(59.3, 18.1)),
    Region("europe-southwest1", "Madrid, Spain", Position(40.4, -3.7)),
    Region("europe-west1", "St. Ghislain, Belgium", Position(50.4, 3.8)),
    Region("europe-west2", "London, England", Position(51.5, -0.1)),
    Region("europe-west3", "Frankfurt, Germany", Position(50.1, 8.7)),
    Region("europe-west4", "Eemshaven, Netherlands", Position(53.4, 6.8)),
    Region("europe-west6", "Zurich, Switzerland", Position(47.4, 8.5)),
    Region("europe-west8", "Milan, Italy", Position(45.5, 9.2)),
    Region("europe-west9", "Paris, France", Position(48.9, 2.4)),
    Region("europe-west10", "Berlin, Germany", Position(52.5, 13.4)),
    Region("europe-west12", "Turin, Italy", Position(45.1, 7.7)),
    Region("me-central1", "Doha, Qatar", Position(25.3, 51.5)),
    Region("me-central2", "Dammam, Saudi Arabia", Position(26.4, 50.1)),
    Region("me-west1", "Tel Aviv, Israel", Position(32.1, 34.8)),
    Region("northamerica-northeast1", "Montreal, Canada", Position(45.5, -73.6)),
    Region("northamerica-northeast2", "Toronto, Canada", Position(43.7, -79.4)),
    Region("northamerica-south1", "Queretaro, Mexico", Position(20.6, -100.4)),
    Region("southamerica-east1", "Osasco, Brazil", Position(-23.5, -46.8)),
    Region("southamerica-west1", "Santiago, Chile", Position(-33.4, -70.7)),
    Region("us-central1", "Council Bluffs, Iowa", Position(41.3, -95.9)),
    Region("us-east1", "Moncks Corner, South Carolina", Position(33.2, -80.0)),
    Region("us-east4", "Ashburn, Virginia", Position(39.0, -77.5)),
    Region("us-east5", "Columbus, Ohio", Position(40.0, -83.0)),
    Region("us-south1", "Dallas, Texas", Position(32.8, -96.8)),
    Region("us-west1", "The Dalles, Oregon", Position(45.6, -121.2)),
    Region("us-west2", "Los Angeles, California", Position(34.1, -118.2)),
    Region("us-west3", "Salt Lake City, Utah", Position(40.8, -111.9)),
    Region("us-west4", "Las Vegas, Nevada", Position(36.2, -115.1)),
)
"""By name; those open to everyone, as of November 2026."""
