"""A thousand reads at once, by people with an account and without, of a page that somebody else changes all
the while: each gets what was true when it asked, or newer, and nothing of anybody else."""
import itertools
import re
import threading

from visitors import prepare, send

from process import Process

READS, PEOPLE, STRANGERS = 1000, 3, 3


class Reads:
    """What the readers got. `said` is the number that the page holds, as far as anybody was told."""

    def __init__(self, site, writer, people):
        self._site, self._writer, self._people = site, writer, people
        self._numbers, self.said, self.wrong = itertools.count(), 0, []
        self.kept = self.own = self.newer = 0

    def run(self):
        """Start all; the writer saves until the last read is done."""
        readers = [*self._people, *[None] * STRANGERS]
        threads = [threading.Thread(target=self._read, args=[reader]) for reader in readers]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            status, _, text = self._writer.put(self._site, f'State {self.said + 1}.')
            assert status == 200, text
            self.said += 1

    def _read(self, person):
        address, cookie = f'{self._site.url}/docs/{self._writer.name}', person and person.cookie
        while next(self._numbers) < READS:
            self._look(person, self.said, *send(address, cookie))

    def _look(self, person, least, status, headers, text):
        header = re.search('<header class="site-header.*?</header>', text, re.DOTALL)[0]
        number = int(re.search(r'State (\d+)\.', text)[1])
        named = {one.name for one in self._people if f'/users/{one.name}' in header or one.name in header}
        if (status != 200 or number < least or named != ({person.name} if person else set())
                or ('csrf' in text) != bool(person) or (person and 'ETag' in headers)):
            self.wrong.append((person and person.name, least, number, header))
        self.kept += 'ETag' in headers
        self.own += person is not None
        self.newer = max(self.newer, number)


def test_each_reader_gets_what_is_true_and_nothing_of_anybody_else(tmp_path):
    writer, *people = prepare(tmp_path / 'data', 1 + PEOPLE)
    with Process(tmp_path / 'data') as site:
        writer.put(site, 'State 0.')
        reads = Reads(site, writer, people)
        reads.run()
    print(f'\n{READS} reads, {reads.own} with an account, {reads.kept} from memory; {reads.said} edits')
    assert not reads.wrong, reads.wrong[0]
    assert reads.own > READS / 10 and reads.kept > READS / 20 and reads.newer > 3
