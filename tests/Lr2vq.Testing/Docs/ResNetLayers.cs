using System.Collections.Generic;

namespace Lr2vq.Testing.Docs;

/// <summary>The convolutions of the ImageNet ResNets in order, named as the benchmark <c>layers</c> names them, and how often each is there.</summary>
internal static class ResNetLayers
{
    public static IReadOnlyList<(string Layer, int Times)> ResNet18 { get; } =
    [
        ("3->64 7x7 s2 @224", 1), ("64->64 3x3 s1 @56", 4),
        ("64->128 3x3 s2 @56", 1), ("64->128 1x1 s2 @56", 1), ("128->128 3x3 s1 @28", 3),
        ("128->256 3x3 s2 @28", 1), ("128->256 1x1 s2 @28", 1), ("256->256 3x3 s1 @14", 3),
        ("256->512 3x3 s2 @14", 1), ("256->512 1x1 s2 @14", 1), ("512->512 3x3 s1 @7", 3),
    ];

    public static IReadOnlyList<(string Layer, int Times)> ResNet50 { get; } =
    [
        ("3->64 7x7 s2 @224", 1), ("64->64 1x1 s1 @56", 1), ("64->64 3x3 s1 @56", 3), ("64->256 1x1 s1 @56", 4), ("256->64 1x1 s1 @56", 2),
        ("256->128 1x1 s1 @56", 1), ("128->128 3x3 s2 @56", 1), ("128->512 1x1 s1 @28", 4), ("256->512 1x1 s2 @56", 1), ("512->128 1x1 s1 @28", 3), ("128->128 3x3 s1 @28", 3),
        ("512->256 1x1 s1 @28", 1), ("256->256 3x3 s2 @28", 1), ("256->1024 1x1 s1 @14", 6), ("512->1024 1x1 s2 @28", 1), ("1024->256 1x1 s1 @14", 5), ("256->256 3x3 s1 @14", 5),
        ("1024->512 1x1 s1 @14", 1), ("512->512 3x3 s2 @14", 1), ("512->2048 1x1 s1 @7", 3), ("1024->2048 1x1 s2 @14", 1), ("2048->512 1x1 s1 @7", 2), ("512->512 3x3 s1 @7", 2),
    ];
}
