"""The font faces the letters are rendered from.

Only Debian packages listed in PACKAGES are looked at, so the set does not depend on what else is installed:

    apt-get install --no-install-recommends fontconfig $(python3 weights/fonts.py)
"""
import os
import re
import subprocess
from dataclasses import dataclass

PACKAGES = """
    fonts-adf-accanthis fonts-adf-baskervald fonts-adf-berenis fonts-adf-gillius fonts-adf-ikarius
    fonts-adf-irianis fonts-adf-libris fonts-adf-mekanus fonts-adf-oldania fonts-adf-romande
    fonts-adf-switzera fonts-adf-tribun fonts-adf-universalis fonts-adf-verana fonts-aenigma fonts-agave
    fonts-allerta fonts-anonymous-pro fonts-apropal fonts-arapey fonts-arkpandora fonts-averia-gwf
    fonts-averia-sans-gwf fonts-averia-serif-gwf fonts-b612 fonts-bajaderka fonts-bebas-neue fonts-beteckna
    fonts-breip fonts-bwht fonts-cabin fonts-cabinsketch fonts-cantarell fonts-cardo fonts-cherrybomb
    fonts-clear-sans fonts-cmu fonts-comfortaa fonts-comic-neue fonts-compagnon fonts-courier-prime
    fonts-crosextra-caladea fonts-dancingscript fonts-dejavu-core fonts-dejavu-extra fonts-dosis
    fonts-dotgothic16 fonts-dustin fonts-ebgaramond fonts-engadget fonts-essays1743 fonts-eurofurence
    fonts-fantasma fonts-fantasque-sans fonts-fanwood fonts-ferrite-core fonts-firacode
    fonts-freefont-otf fonts-gamaliel fonts-georgewilliams fonts-gfs-artemisia fonts-gfs-didot
    fonts-gfs-neohellenic fonts-gnutypewriter fonts-go fonts-goudybookletter fonts-havana
    fonts-hermit fonts-humor-sans fonts-inconsolata fonts-inter fonts-isabella fonts-jetbrains-mono
    fonts-junicode fonts-jura fonts-kristi fonts-lato fonts-league-spartan fonts-leckerli-one fonts-lemonada
    fonts-levien-museum fonts-liberation fonts-lindenhill fonts-linuxlibertine fonts-lmodern fonts-lobster
    fonts-lobstertwo fonts-manrope fonts-millimetre fonts-mmcedar fonts-monofur fonts-monoid fonts-mononoki
    fonts-national-park fonts-ocr-a fonts-ocr-b fonts-okolaks fonts-oldstandard fonts-open-sans fonts-opendin
    fonts-opendyslexic fonts-osifont fonts-paratype fonts-play fonts-povray fonts-prociono fonts-quattrocento
    fonts-quicksand fonts-radisnoir fonts-rampart fonts-reggae fonts-roadgeek fonts-roboto-slab
    fonts-roboto-unhinted fonts-routed-gothic fonts-rufscript fonts-sil-andika fonts-sil-charis
    fonts-sil-gentium-basic fonts-sjfonts fonts-solide-mirage fonts-sora fonts-staypuft
    fonts-stick fonts-summersby fonts-texgyre fonts-tiresias fonts-tomsontalks fonts-train fonts-tuffy
    fonts-urw-base35 fonts-vollkorn fonts-yanone-kaffeesatz
    """.split()

# Seen on contact sheets of every face: dingbats, ornaments and rebuses, letters that are turned, cut into
# layers or drowned in a background, other alphabets, and small letters in the places of the capitals.
EXCLUDED = re.compile(
    "3D LET|90 Stars|Bandwidth BRK|Binary|Bit Blocks|Block Tilt|Circulate|CLAW|Collective|"
    "DB Layer|Double Bogey|Edit Undo (Dot|Line)|Entangled (BRK|Layer)|Faux Snow|Foreshadow|"
    "Grudge|Head-Ding|Hearts|Knot|Konector 0|Line Dings|LYNX|Mishmash 4x4o|Nucleus|Numskull|"
    "Pindown|Powderworks|Pseudo|Quarterly|Quill Experimental|Sequence|Spheroids|Swirled|Symmetry|"
    "Tearful|Vertigo (2 )?BRK|Weaver|Xerox|Xmas Lights|Xtrusion|Your Complex O|Zurklez|"
    "Linux Biolinum Keyboard|D050000L|Standard Symbols|Latin Modern Math|unifur")


@dataclass(frozen=True)
class Face:
    """One face: a file and what fontconfig calls it."""
    package: str
    path: str
    index: int
    family: str
    style: str

    @property
    def name(self):
        """A short file name of the face, from [a-z0-9-]."""
        words = re.sub(r"\b(brk|std|regular|normal|book|medium|roman)\b", "", f"{self.family} {self.style}".lower())
        return re.sub(r"[^a-z0-9]+", "-", words).strip("-")


def find_faces(packages=PACKAGES):
    """All outline faces of the packages that EXCLUDED does not name, in a fixed order."""
    faces = []
    for package in packages:
        faces += [face for face in _scan(package) if not EXCLUDED.match(face.family)]
    return faces


def _scan(package):
    listing = subprocess.run(["dpkg", "-L", package], capture_output=True, text=True, check=False)
    if listing.returncode:
        raise SystemExit(f"{package} is not installed; fonts.py tells how to install all of them")
    files = sorted(f for f in listing.stdout.splitlines() if f.endswith((".ttf", ".otf")) and not os.path.islink(f))
    if not files:
        return []
    scan = subprocess.run(["fc-scan", "--format", "%{index}|%{family[0]}|%{style[0]}|%{file}\n", *files],
                          capture_output=True, text=True, check=True)
    rows = [line.split("|", 3) for line in scan.stdout.splitlines()]
    return [Face(package, path, int(index), family, style) for index, family, style, path in rows]


if __name__ == "__main__":
    print(" ".join(PACKAGES))
