"""The demo networks in PyTorch: torchvision's topologies at a quarter or a fifth of the width, for small images.

The modules of the first two carry torchvision's names, so darknet_weights.py exports these and torchvision's own alike;
the third takes the way that every other network takes (through_onnx.py).
"""
from torch import nn

VGG16_STAGES = ((16, 2), (32, 2), (64, 3), (128, 3), (128, 3))  # (filters, convolutions), a pool after each
POOLED = 2 ** len(VGG16_STAGES)                                 # side of the square that the last pool makes one pixel
RESNET50_STAGES = ((16, 3), (32, 4), (64, 6), (128, 3))          # (bottleneck width, blocks)
EXPANSION = 4
MOBILENET_STEM, MOBILENET_LAST = 8, 128
# (expansion, filters, blocks, stride of the first): table 2 of the paper with a fifth of the filters, in
# fours; the second stage has stride 1, so that the last of a 32x32 image still is 2x2
MOBILENET_STAGES = ((1, 4, 1, 1), (6, 4, 2, 1), (6, 8, 3, 2), (6, 12, 4, 2), (6, 20, 3, 1), (6, 32, 3, 2), (6, 64, 1, 1))


class VGG16(nn.Module):
    """13 convolutions with batch norm, 5 pools, connected layers of 256. For images [planes][side][side]."""

    def __init__(self, classes=10, planes=1, side=32, connected=256):
        super().__init__()
        layers, channels = [], planes
        for filters, convolutions in VGG16_STAGES:
            for _ in range(convolutions):
                layers += [nn.Conv2d(channels, filters, 3, padding=1), nn.BatchNorm2d(filters), nn.ReLU()]
                channels = filters
            layers.append(nn.MaxPool2d(2, 2))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Linear(channels * (side // POOLED) ** 2, connected), nn.ReLU(), nn.Dropout(0.5),
            nn.Linear(connected, connected), nn.ReLU(), nn.Dropout(0.5),
            nn.Linear(connected, classes))
        _initialise(self)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


class Bottleneck(nn.Module):
    """1x1, 3x3 (here the stride, as in torchvision's v1.5), 1x1; added to the input or its projection."""

    def __init__(self, channels, width, stride, project):
        super().__init__()
        out = width * EXPANSION
        self.conv1 = nn.Conv2d(channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out)
        self.relu = nn.ReLU()
        self.downsample = None
        if project:
            self.downsample = nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        shortcut = self.downsample(x) if self.downsample else x
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.relu(self.bn2(self.conv2(x)))
        return self.relu(self.bn3(self.conv3(x)) + shortcut)


class ResNet50(nn.Module):
    """3, 4, 6, 3 bottlenecks. The stem is 3x3 with stride 1, so that the last stage of a 32x32 image still is 2x2."""

    def __init__(self, classes=10, planes=1):
        super().__init__()
        channels = RESNET50_STAGES[0][0]
        self.conv1 = nn.Conv2d(planes, channels, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        for number, (width, blocks) in enumerate(RESNET50_STAGES, 1):
            stage = []
            for i in range(blocks):
                stride = 2 if number > 1 and i == 0 else 1
                stage.append(Bottleneck(channels, width, stride, project=i == 0))
                channels = width * EXPANSION
            setattr(self, f"layer{number}", nn.Sequential(*stage))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(channels, classes)
        _initialise(self)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.avgpool(x).flatten(1))


def _convolution(channels, filters, size, stride=1, groups=1, act=True):
    layers = [nn.Conv2d(channels, filters, size, stride, size // 2, groups=groups, bias=False), nn.BatchNorm2d(filters)]
    return nn.Sequential(*layers, *([nn.ReLU6()] if act else []))


class InvertedResidual(nn.Module):
    """Expansion, depthwise convolution, projection without an activation; added to the input where the shapes agree."""

    def __init__(self, channels, filters, stride, expansion):
        super().__init__()
        inner = channels * expansion
        self.adds = stride == 1 and channels == filters
        self.conv = nn.Sequential(*([_convolution(channels, inner, 1)] if expansion > 1 else []),
                                  _convolution(inner, inner, 3, stride, groups=inner),
                                  _convolution(inner, filters, 1, act=False))

    def forward(self, x):
        return x + self.conv(x) if self.adds else self.conv(x)


class MobileNetV2(nn.Module):
    """17 inverted residuals."""

    def __init__(self, classes=10, planes=1):
        super().__init__()
        layers, channels = [_convolution(planes, MOBILENET_STEM, 3, 2)], MOBILENET_STEM
        for expansion, filters, blocks, stride in MOBILENET_STAGES:
            for i in range(blocks):
                layers.append(InvertedResidual(channels, filters, stride if i == 0 else 1, expansion))
                channels = filters
        self.features = nn.Sequential(*layers, _convolution(channels, MOBILENET_LAST, 1))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(MOBILENET_LAST, classes)
        _initialise(self)

    def forward(self, x):
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


def _initialise(net):
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
