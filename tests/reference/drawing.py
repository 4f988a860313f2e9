"""The random numbers that trapped energy stands on, and the images that they draw; without PyTorch."""
IMAGES = 300
MASK = 2 ** 64 - 1


class Random:
    """xoshiro256** 1.0 (Blackman and Vigna), seeded by SplitMix64 from a seed and the number of a stream."""

    def __init__(self, seed, stream):
        self.state = seed
        self.state = (self.splitmix() + stream) & MASK
        self.state = self.splitmix()
        self.s = [self.splitmix() for _ in range(4)]

    def splitmix(self):
        self.state = (self.state + 0x9e3779b97f4a7c15) & MASK
        z = self.state
        z = ((z ^ z >> 30) * 0xbf58476d1ce4e5b9) & MASK
        z = ((z ^ z >> 27) * 0x94d049bb133111eb) & MASK
        return z ^ z >> 31

    def next(self):
        s = self.s
        result = self.rotated(s[1] * 5 & MASK, 7) * 9 & MASK
        t = s[1] << 17 & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = self.rotated(s[3], 45)
        return result

    @staticmethod
    def rotated(x, k):
        return (x << k | x >> (64 - k)) & MASK

    def below(self, bound):
        x = self.next()
        while x < 2 ** 64 % bound:
            x = self.next()
        return x % bound

    def uniform(self):
        return (self.next() >> 11) * 2.0 ** -53


def drawn_images(n, seed):
    """Numbers of the images, in the order in which they pass."""
    images, random = list(range(n)), Random(seed, MASK)
    for i in range(min(n, IMAGES)):
        j = i + random.below(n - i)
        images[i], images[j] = images[j], images[i]
    return images[:IMAGES]
