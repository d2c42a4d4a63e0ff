"""What stands in the sample report. Everything in it is made up."""

from __future__ import annotations

from typing import Any

Block = tuple[str, Any]
NAME = "Tern Rock Lighthouse Trust"
TITLE = f"{NAME} · Annual Report 2025"

_GLANCE = (
    ("", "2025", "2024", "2023"),
    ("Income (thousand crowns)", "6,148", "5,970", "5,419"),
    ("Expenditure (thousand crowns)", "5,754", "5,442", "5,363"),
    ("Surplus (thousand crowns)", "394", "528", "56"),
    ("Visitors", "31,935", "26,850", "22,115"),
    ("Electricity used (megawatt hours)", "412", "655", "761"),
    ("Members of staff, full time", "27", "26", "26"),
    ("Volunteers", "184", "161", "139"),
)
_LIGHTS = (
    ("Light", "Height", "Range", "2025", "2024", "2023"),
    ("Tern Rock", "41 m", "22 nm", "99.96 %", "99.91 %", "99.88 %"),
    ("Gannet Head", "33 m", "19 nm", "99.93 %", "99.95 %", "99.90 %"),
    ("Selkie Isle", "24 m", "15 nm", "99.89 %", "99.84 %", "99.92 %"),
    ("Marram Point", "18 m", "12 nm", "99.98 %", "99.97 %", "99.94 %"),
    ("Low Sands", "15 m", "10 nm", "97.53 %", "99.86 %", "99.83 %"),
    ("Old Harbour", "9 m", "6 nm", "99.99 %", "99.99 %", "99.98 %"),
)
_VISITORS = (
    ("Station", "2025", "2024", "2023"),
    ("Tern Rock", "18,420", "15,130", "12,060"),
    ("Gannet Head", "9,310", "8,240", "7,105"),
    ("Selkie Isle", "4,205", "3,480", "2,950"),
    ("Together", "31,935", "26,850", "22,115"),
)
_ACCOUNTS = (
    ("Thousand crowns", "2025", "2024", "2023"),
    ("Harbour dues", "3,120", "2,940", "2,810"),
    ("Visitors and tours", "1,486", "1,212", "978"),
    ("Donations", "642", "718", "531"),
    ("Grants", "900", "1,100", "1,100"),
    ("Income", "6,148", "5,970", "5,419"),
    ("Maintenance", "2,214", "1,873", "1,902"),
    ("Staff and keepers", "1,960", "1,905", "1,838"),
    ("Boats and helicopter", "604", "588", "541"),
    ("Visitors and education", "372", "301", "246"),
    ("Energy", "318", "496", "574"),
    ("Administration", "286", "279", "262"),
    ("Expenditure", "5,754", "5,442", "5,363"),
    ("Surplus", "394", "528", "56"),
)

BLOCKS: tuple[Block, ...] = (
    ("title", "The year in figures"),
    (
        "lead",
        "Tern Rock Lighthouse Trust keeps six lights on one small coast. In 2025 more people climbed them than ever.",
    ),
    ("table", (_GLANCE, (76, 26, 26, 26), ())),
    ("note", "The financial year is the calendar year. One crown is one hundred pennies."),
    ("heading", "What changed"),
    (
        "text",
        "Income grew by 3 percent to 6,148 thousand crowns. Visitors brought in 274 thousand crowns more than the "
        "year before, while the coast grant was cut from 1,100 to 900 thousand crowns.",
    ),
    (
        "text",
        "The trust used 412 megawatt hours of electricity in 2025, after 655 in 2024, because the panels on "
        "Selkie Isle and at Marram Point worked for the whole year.",
    ),
    ("heading", "What went wrong"),
    (
        "text",
        "The light at Low Sands failed in February and stayed dark for nine days. The chapter on Low Sands says "
        "why, and what has been done about it.",
    ),
    ("title", "A letter from the chair"),
    ("lead", "A lighthouse is a promise made to people one will never meet."),
    (
        "text",
        "Dear members, when my grandmother was keeper at Gannet Head she wound the clockwork every four hours, "
        "day and night, for thirty-one years. Today the lamps turn themselves. What has not changed is that "
        "somebody has to notice when they stop.",
    ),
    (
        "text",
        "In February nobody noticed for forty minutes that Low Sands was dark. A fishing boat, the Maud, found the "
        "sandbank with her keel before our telephone rang. Nobody was hurt, and she floated off on the next tide, "
        "but forty minutes are thirty-nine too many. The board has since paid for a second watch on every light.",
    ),
    (
        "text",
        "There was much to be glad of. The gallery of Gannet Head, closed since 2022, was rebuilt in larch and "
        "opened again on 14 June. School classes from all nine parishes came to Tern Rock. And for the first time "
        "the sun gave us more electricity than we bought.",
    ),
    (
        "text",
        "I thank our twenty-seven members of staff, our 184 volunteers, and the crew of the Petrel, who went "
        "out 96 times.",
    ),
    ("text", "Ingrid Solheim-Marsh, chair of the board"),
    ("title", "The six lights"),
    (
        "text",
        "The trust counts a light as available when it shows its full character between sunset and sunrise. "
        "The target is 99.8 percent for every light in every year.",
    ),
    ("table", (_LIGHTS, (40, 20, 20, 26, 26, 26), ())),
    ("note", "Height of the lamp above high water; nominal range in nautical miles; availability by year."),
    (
        "text",
        "Five of six lights met the target in 2025. Low Sands did not: its availability fell to 97.53 percent "
        "because of the failure in February.",
    ),
    ("heading", "Lamps"),
    (
        "text",
        "Old Harbour and Marram Point were given light-emitting diodes in 2023, Selkie Isle in 2024. Tern Rock "
        "keeps its first-order lens of 1911, which was cleaned and balanced in May 2025. The lens weighs 3.1 "
        "tonnes and floats on 96 litres of mercury-free bearing fluid.",
    ),
    ("heading", "Fog signals"),
    (
        "text",
        "Tern Rock and Gannet Head sound a horn in fog. The horn at Gannet Head was heard for 611 hours in 2025, "
        "after 540 hours in 2024. Residents asked for a quieter one; the trust will test a directed horn in 2026.",
    ),
    ("title", "Low Sands: nine dark days"),
    (
        "text",
        "The light at Low Sands was dark for nine days, from 3 to 12 February 2025, because salt water had entered "
        "the cable joint at the foot of the tower and destroyed both the main supply and the charger of the "
        "reserve battery.",
    ),
    ("heading", "Why it took nine days"),
    (
        "text",
        "The storm of 2 February had moved the sand, and the tower could not be reached on foot. The helicopter "
        "was grounded by ice for four days. When the crew arrived on 9 February they found that the spare joint "
        "in the store was of the wrong size; the right one came by ferry on 11 February.",
    ),
    ("heading", "Why nobody noticed"),
    (
        "text",
        "The monitor of the light drew its power from the same joint. It fell silent together with the lamp, and "
        "the watch at Tern Rock took the silence for a fault of the radio link.",
    ),
    ("heading", "What has been done"),
    (
        "rules",
        (
            "The joint was replaced by one that is cast in resin and stands two metres above the highest tide.",
            "Every monitor now has its own battery, and silence of more than five minutes counts as a dark light.",
            "Spare joints of all three sizes are kept at Tern Rock and at Old Harbour.",
            "A second person watches the board from sunset to sunrise. This costs 118 thousand crowns a year.",
        ),
    ),
    ("text", "The repair itself cost 204 thousand crowns. The insurer paid 150 thousand of it in October."),
    ("title", "Energy and visitors"),
    ("heading", "Energy"),
    (
        "text",
        "Energy cost the trust 318 thousand crowns in 2025. It had been 496 thousand in 2024 and 574 thousand in "
        "2023. Panels and batteries on Selkie Isle, at Marram Point and at Old Harbour now carry these lights "
        "from March to October without the mains.",
    ),
    (
        "text",
        "Diesel is still burned at Tern Rock, where there is no room for panels: 21,400 litres in 2025, after "
        "23,900 litres in 2024. A tidal turbine in the sound would replace four fifths of it. The board will "
        "decide on it in the autumn of 2026.",
    ),
    ("heading", "Visitors"),
    ("table", (_VISITORS, (52, 28, 28, 28), (4,))),
    ("note", "Persons who climbed a tower. Low Sands, Marram Point and Old Harbour are not open to visitors."),
    (
        "text",
        "Of the 31,935 visitors of 2025 one in six was under fourteen years old. The busiest day was 19 July, when "
        "412 persons climbed Tern Rock and the last of them came down at a quarter to midnight.",
    ),
    (
        "text",
        "A ticket for Tern Rock costs 45 crowns, for the other towers 30 crowns. Children under six, keepers and "
        "former keepers climb free.",
    ),
    ("title", "Accounts"),
    ("table", (_ACCOUNTS, (64, 30, 30, 30), (5, 12, 13))),
    ("note", "Audited by Quill &amp; Fathom on 27 February 2026 without remarks."),
    ("heading", "Maintenance"),
    (
        "text",
        "Maintenance cost 2,214 thousand crowns in 2025. The year before, in 2024, it had cost 1,873 thousand "
        "crowns, and 1,902 thousand in 2023. The rise comes from the gallery of Gannet Head (640 thousand crowns) "
        "and from the repair at Low Sands (204 thousand crowns).",
    ),
    ("heading", "Income"),
    (
        "text",
        "Harbour dues brought 3,120 thousand crowns, 6 percent more than in 2024, because 212 more ships called at "
        "the three harbours. Donations fell from 718 to 642 thousand crowns; the year 2024 had held one large "
        "bequest of 150 thousand crowns.",
    ),
    ("heading", "Reserves"),
    (
        "text",
        "At the end of 2025 the trust held reserves of 4,870 thousand crowns, which is ten months of expenditure. "
        "The board wants to hold between nine and twelve months.",
    ),
    ("title", "Standing orders for keepers"),
    ("lead", "These orders hang in every watch room. They have been in force, with small changes, since 1911."),
    ("heading", "Fog"),
    (
        "rules",
        (
            "When fog brings the visibility below two nautical miles, start the fog signal at once.",
            "Write the time, the visibility and the wind into the log.",
            "Call the harbour office on channel 12 and repeat the call every thirty minutes while the fog lasts.",
            "Stop the signal only when the visibility has been above three nautical miles for fifteen minutes.",
        ),
    ),
    ("heading", "A dark light"),
    (
        "rules",
        (
            "A light that has been dark or silent for five minutes is out. Do not look for reasons first.",
            "Warn all ships on channel 16, then call the harbour office, then the keeper on duty at Tern Rock.",
            "Set the reserve lamp. If there is none, stay on channel 16 until sunrise.",
        ),
    ),
    ("heading", "Storm"),
    (
        "rules",
        (
            "From force 9 nobody goes onto a gallery. From force 11 nobody leaves the tower.",
            "Secure the boat before the glass falls, not after.",
        ),
    ),
    ("title", "Looking ahead to 2026"),
    (
        "text",
        "The board plans expenditure of 6,020 thousand crowns for 2026. The largest single project is the new jetty "
        "at Selkie Isle, for which 780 thousand crowns have been set aside. It will open on 1 May 2027.",
    ),
    (
        "text",
        "Two keepers retire in 2026 and three will be taken on. Applications are read until 15 March; a head for "
        "heights is asked for, swimming is required, and the night watch is paid with a supplement of 22 percent.",
    ),
    (
        "text",
        "The risk that worries the board most is the sand. Low Sands has moved 40 metres to the north since 2019, "
        "and a survey in 2026 will say whether the tower can stay where it is.",
    ),
    ("heading", "The board"),
    (
        "text",
        "Ingrid Solheim-Marsh (chair), Tobias Quayle (treasurer), Amara Lindqvist, Fergus Oduya, Nell Hartvig. "
        "The annual meeting is held at Old Harbour on 6 June 2026 at 14:00; every member has one vote.",
    ),
)
