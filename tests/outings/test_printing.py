"""Cards are kept once they were printed, and each family still reads its own."""

from app.outings import printing
from app.outings.models import Outing
from tests.factories import make_family, make_outing, make_unit
from tests.outings.helpers import children_of, take_part


def test_two_families_read_their_own_state_on_the_same_outing(app, db_session, sign_in):
    printing.piece.cache_clear()
    unit = make_unit()
    outing: Outing = make_outing(unit, title="Winter camp", total_seats=9)
    goers, others = make_family(unit), make_family(unit)
    take_part(outing, goers, children_of(goers)[0])
    browsers = []
    for user in (goers, others):
        browsers.append(app.test_client())
        sign_in(browsers[-1], user)
    for _ in range(2):
        mine, theirs = (browser.get("/outings").text for browser in browsers)
        assert " is in</span>" in mine
        assert " is in</span>" not in theirs
        assert "1 of 9 places taken" in mine
        assert "1 of 9 places taken" in theirs
    assert printing.piece.cache_info()[:2] == (2, 2)
    take_part(outing, others, children_of(others)[0])
    assert "2 of 9 places taken" in browsers[0].get("/outings").text
