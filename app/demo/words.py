"""Names and notes of people who do not exist."""

from app.families.health.answers import Allergy, Answers

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
DIETS = (
    Answers(diets=("vegetarian",)),
    Answers(diets=("no_pork",)),
    Answers(diets=("gluten_free",)),
    Answers(diets=("vegan",)),
    Answers(diets=("halal",)),
    Answers(diets=("lactose_free",), diet_words="Butter and hard cheese are fine."),
    Answers(diets=("kosher",), diet_words="Kosher style is enough."),
)
ALLERGIES = (
    Answers(
        allergies=(Allergy("Peanuts", "life_threatening", "Cannot breathe", "Use the auto-injector and call 911."),),
        carried=("auto_injector",),
    ),
    Answers(
        allergies=(Allergy("Bee and wasp stings", "moderate", "Swelling", "Antihistamine in the first-aid pouch."),)
    ),
    Answers(allergies=(Allergy("Tree nuts", "mild", "Itching in the mouth", None),)),
    Answers(allergies=(Allergy("Penicillin", "severe", "Rash and fever", "Tell the doctor."),)),
    Answers(allergies=(Allergy("Shellfish", "moderate", "Hives within the hour", None),)),
    Answers(allergies=(Allergy("Animal hair", "mild", "Watery eyes", None),), carried=("inhaler",)),
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
