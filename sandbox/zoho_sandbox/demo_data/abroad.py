"""Words and places from which the demo company's customers, suppliers and people abroad are made."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    """One country. In `phone` and `postal` a # stands for a digit; the telephone numbers lie in the ranges
    kept free for fiction where the country has one. `cities` are (city, state, postal code)."""

    name: str
    currency: str
    forms: tuple[str, ...]
    stems: tuple[str, ...]
    trades: dict[str, tuple[str, ...]]
    given_names: tuple[str, ...]
    family_names: tuple[str, ...]
    cities: tuple[tuple[str, str, str], ...]
    streets: tuple[str, ...]
    address: str
    phone: str


_ENGLISH_TRADES = {
    "Manufacturing": ("Controls", "Castings", "Precision", "Plastics"),
    "Food & Beverage": ("Foods", "Brewing", "Dairies"),
    "Information Technology": ("Software", "Data Services", "Networks"),
    "Logistics": ("Logistics", "Freight", "Cold Storage"),
    "Construction": ("Construction", "Building Services"),
    "Healthcare": ("Medical", "Pharma", "Diagnostics"),
    "Energy": ("Energy", "Power", "Water"),
    "Retail": ("Stores", "Trading"),
    "Hospitality": ("Hotels", "Resorts"),
    "Agriculture": ("Farms", "Growers"),
}
_GERMAN_TRADES = {
    "Manufacturing": ("Maschinenbau", "Messtechnik", "Feinmechanik", "Kunststofftechnik"),
    "Food & Beverage": ("Lebensmittel", "Brauerei", "Molkerei"),
    "Information Technology": ("Systemhaus", "Software"),
    "Logistics": ("Logistik", "Spedition"),
    "Construction": ("Hochbau", "Anlagenbau"),
    "Healthcare": ("Medizintechnik", "Pharma"),
    "Energy": ("Energietechnik", "Stadtwerke"),
}
_FRENCH_TRADES = {
    "Manufacturing": ("Mécanique", "Industries", "Plastiques"),
    "Food & Beverage": ("Alimentation", "Vins et Spiritueux", "Laiterie"),
    "Information Technology": ("Informatique", "Données"),
    "Logistics": ("Transports", "Entrepôts"),
    "Healthcare": ("Santé", "Laboratoires"),
    "Energy": ("Énergie", "Eaux"),
    "Hospitality": ("Hôtels",),
}

COUNTRIES = (
    Country(
        name="United States",
        currency="USD",
        forms=("{} Inc.", "{} LLC", "{} Corp."),
        stems=("Ridgeway", "Harlan", "Bluewater", "Copperfield", "Lakeshore", "Granite Bay", "Prairie", "Northgate"),
        trades=_ENGLISH_TRADES,
        given_names=("Emily", "Marcus", "Olivia", "James", "Sofia", "Daniel", "Grace", "Tyler", "Naomi", "Henry"),
        family_names=("Whitaker", "Ramirez", "Coleman", "Nguyen", "Hughes", "Bennett", "Ortiz", "Fletcher", "Monroe"),
        cities=(
            ("Columbus", "OH", "432##"),
            ("Portland", "OR", "972##"),
            ("Austin", "TX", "787##"),
            ("Madison", "WI", "537##"),
            ("San Jose", "CA", "951##"),
        ),
        streets=("Commerce Drive", "Industrial Parkway", "Main Street", "Harbor Boulevard"),
        address="{number} {street}",
        phone="+1 614-555-01##",
    ),
    Country(
        name="United Kingdom",
        currency="USD",
        forms=("{} Ltd", "{} Ltd", "{} plc"),
        stems=("Harwell", "Ashcombe", "Kingsmere", "Thornbury", "Wexcombe", "Aldridge", "Pennine"),
        trades=_ENGLISH_TRADES,
        given_names=("Oliver", "Amelia", "George", "Isla", "Harry", "Poppy", "Arthur", "Freya", "Imran", "Priya"),
        family_names=("Bradshaw", "Whitfield", "Patel", "Holloway", "Cartwright", "Barlow", "Hussain", "Prescott"),
        cities=(
            ("London", "Greater London", "EC2A #AB"),
            ("Leeds", "West Yorkshire", "LS1 #AB"),
            ("Bristol", "Avon", "BS1 #AB"),
            ("Derby", "Derbyshire", "DE1 #AB"),
        ),
        streets=("Station Road", "Mill Lane", "Victoria Street", "Foundry Way"),
        address="{number} {street}",
        phone="+44 20 7946 0###",
    ),
    Country(
        name="Germany",
        currency="EUR",
        forms=("{} GmbH", "{} GmbH", "{} GmbH & Co. KG", "{} AG"),
        stems=("Brückner", "Hagedorn", "Weidmann", "Rheintal", "Oberländer", "Schwarzwald", "Nordstern", "Lindemann"),
        trades=_GERMAN_TRADES,
        given_names=("Anna", "Lukas", "Katharina", "Jonas", "Miriam", "Stefan", "Jürgen", "Lena", "Felix", "Heike"),
        family_names=("Krüger", "Schäfer", "Vogel", "Baumann", "Lorenz", "Pfeiffer", "Yilmaz", "Dietrich", "Engel"),
        cities=(
            ("Stuttgart", "Baden-Württemberg", "70###"),
            ("Hamburg", "Hamburg", "20###"),
            ("Leipzig", "Sachsen", "04###"),
            ("Köln", "Nordrhein-Westfalen", "50###"),
        ),
        streets=("Industriestraße", "Hafenstraße", "Gartenweg", "Am Werk"),
        address="{street} {number}",
        phone="+49 30 23125 ###",
    ),
    Country(
        name="France",
        currency="EUR",
        forms=("{} SAS", "{} SARL", "{} S.A."),
        stems=("Moreau", "Delacourt", "Val de Loire", "Beauchamp", "Lacombe", "Grandpré", "Armorique"),
        trades=_FRENCH_TRADES,
        given_names=("Camille", "Antoine", "Élodie", "Julien", "Nathalie", "Hugo", "Inès", "Mathieu", "Zoé"),
        family_names=("Lefèvre", "Girard", "Marchand", "Fontaine", "Benali", "Rousseau", "Chevalier", "Perrin"),
        cities=(
            ("Lyon", "Rhône", "6900#"),
            ("Nantes", "Loire-Atlantique", "4400#"),
            ("Lille", "Nord", "5900#"),
            ("Toulouse", "Haute-Garonne", "3100#"),
        ),
        streets=("rue de l'Industrie", "avenue de la Gare", "quai du Port", "rue des Ateliers"),
        address="{number} {street}",
        phone="+33 1 99 00 ## ##",
    ),
    Country(
        name="Singapore",
        currency="USD",
        forms=("{} Pte. Ltd.",),
        stems=("Merlion Bay", "Tanjong", "Straits Crest", "Orchid Point", "Jurong Star"),
        trades=_ENGLISH_TRADES,
        given_names=("Wei Ling", "Jun Hao", "Siti", "Arjun", "Hui Min", "Farid", "Kavitha"),
        family_names=("Tan", "Lim", "Lee", "Ong", "Rahman", "Krishnan", "Goh"),
        cities=(("Singapore", "", "6#####"),),
        streets=("Tuas Avenue", "Robinson Road", "Jalan Buroh", "Science Park Drive"),
        address="{number} {street}",
        phone="+65 6555 ####",
    ),
    Country(
        name="Australia",
        currency="USD",
        forms=("{} Pty Ltd",),
        stems=("Wattle Creek", "Southern Cross", "Coorong", "Bellbird", "Ironbark"),
        trades=_ENGLISH_TRADES,
        given_names=("Jack", "Charlotte", "Noah", "Matilda", "Lachlan", "Ruby", "Angus", "Mei"),
        family_names=("Campbell", "Nicholls", "Fraser", "Doyle", "Papadakis", "Walsh", "Chen"),
        cities=(("Melbourne", "VIC", "30##"), ("Brisbane", "QLD", "40##"), ("Adelaide", "SA", "50##")),
        streets=("Collins Street", "Dockside Avenue", "Enterprise Crescent"),
        address="{number} {street}",
        phone="+61 3 7010 ####",
    ),
)

TITLES = ("Plant Manager", "Purchasing Manager", "Maintenance Lead", "IT Manager", "Managing Director", "Engineer")
DEPARTMENTS = ("Operations", "Procurement", "Maintenance", "Quality", "IT", "Finance")

SUBJECTS = (
    "Line 3 vibration monitoring",
    "Cold store temperature control",
    "Boiler house pressure upgrade",
    "Effluent flow metering",
    "Plant-wide IoT gateways",
    "Clean room monitoring",
    "Data logger replacement",
    "Calibration contract",
    "Maintenance renewal",
    "Tank level telemetry",
    "Energy audit",
    "Pilot installation",
)
NEXT_STEPS = (
    "Send the quotation",
    "Arrange a site visit",
    "Wait for budget approval",
    "Technical call",
    "Contract review",
)
