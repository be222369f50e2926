"""Names and notes of people who do not exist."""

SURNAMES = (
    "Lindqvist", "Okafor", "Tanaka", "Delgado", "Novak", "Haddad", "O'Rourke", "Castellano", "Whitfield", "Nakamura",
    "Ferreira", "Banerjee", "Kowalski", "Abernathy", "Mbeki", "Sorensen", "Vargas", "Petrov", "Yilmaz", "Brandt",
    "Achterberg", "Iyer", "Thibodeaux", "Marchetti", "Oyelaran", "Halloran", "Zielinski", "Cho", "Amundsen", "Rashid",
    "Beaumont", "Quispe", "Dvorak", "Ellsworth", "Fonseca", "Garrity", "Hokkanen", "Imanov", "Jamison", "Kealoha",
)  # fmt: skip
GIRLS = (
    "Maya", "Priya", "Zoe", "Hana", "Clara", "Nora", "Amara", "Ingrid", "Lucia", "Tess", "Wren", "Leila", "June", "Iris",
    "Sofia", "Ruth", "Daphne", "Freya", "Mina", "Opal",
)  # fmt: skip
BOYS = (
    "Theo", "Kofi", "Kenji", "Mateo", "Jonas", "Omar", "Liam", "Marco", "Owen", "Ravi", "Emil", "Diego", "Anton", "Felix",
    "Samir", "Hugo", "Caleb", "Tariq", "Ezra", "Niko",
)  # fmt: skip
MOTHERS = (
    "Anna",
    "Ngozi",
    "Yuki",
    "Elena",
    "Petra",
    "Rania",
    "Siobhan",
    "Carla",
    "Grace",
    "Meera",
    "Ida",
    "Rosa",
    "Olga",
)
FATHERS = (
    "Erik",
    "Chidi",
    "Hiroshi",
    "Luis",
    "Tomas",
    "Karim",
    "Declan",
    "Paolo",
    "Dale",
    "Arjun",
    "Nils",
    "Jorge",
    "Ivan",
)
PATROLS = ("Beaver", "Bison", "Fox", "Owl", "Raven")
DENS = ("Bear", "Webelos", "Wolf")
RANKS = ("Scout", "Tenderfoot", "Second Class", "First Class", "Star", "Life", "Eagle")
DIETS = ("vegetarian", "no pork", "gluten-free", "vegan", "halal", "lactose-free milk", "kosher style")
ALLERGIES = (
    "Peanuts, severe. Carries an auto-injector; use it and call 911.",
    "Bee stings: swelling. Antihistamine in the first-aid pouch.",
    "Tree nuts, mild: itching in the mouth.",
    "Penicillin.",
    "Shellfish: hives within the hour.",
    "Cats and hay: watery eyes.",
)
POSITIONS = (
    "Assistant Scoutmaster",
    "Committee Member",
    "Unit Scouter Reserve",
    "Committee Chair",
    "Merit Badge Counselor",
)
TRAININGS = (
    ("Y01", "Safeguarding Youth Training"),
    ("SCO_800", "Hazardous Weather Training"),
)
RELATIONS = ("grandmother", "aunt", "uncle", "neighbor", "grandfather")
