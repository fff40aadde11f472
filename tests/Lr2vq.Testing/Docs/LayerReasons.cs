using System.Linq;
using System.Text.RegularExpressions;

namespace Lr2vq.Testing.Docs;

/// <summary>Why a kind of layer stays below 80 % of the multiply-add peak.</summary>
internal static partial class LayerReasons
{
    /// <summary>The first that fits a layer counts.</summary>
    private static readonly (string Kind, System.Func<Layer, bool> Fits, string Reason)[] s_kinds =
    [
        ("depthwise", l => l.Depthwise, "memory: nine or 25 products for each float that is read and written"),
        ("stem", l => l.C <= 4, "copies of the input into padded rows; three input channels make short inner loops; the largest output"),
        ("part of a block", l => l.O % 16 != 0, "lanes of the last block that have no channel"),
        ("few channels", l => l.C < 64 || l.O < 64, "activations are read and written for few products each; short inner loops"),
        ("strided pointwise", l => l is { Kernel: 1, Stride: > 1 }, "only every other pixel of every other row is used of the cache lines that are read"),
        ("pointwise on large maps", l => l is { Kernel: 1, Size: >= 28 }, "memory: activations beyond the first-level cache, few products for each"),
        ("pointwise", l => l.Kernel == 1, "weights come from the second-level cache or beyond and serve few pixels"),
        ("7x7 maps", l => l.Size / l.Stride <= 7, "weights beyond the second-level cache, each used for 49 pixels; rows of seven"),
        ("strided", l => l.Stride > 1, "short rows, and inputs that lie two pixels apart"),
        ("3x3", _ => true, "copies of rows at the borders; the ends of rows"),
    ];

    private sealed record Layer(int C, int O, int Kernel, int Stride, int Size, bool Depthwise);

    [GeneratedRegex(@"^(\d+)(?:->(\d+)| depthwise) (\d+)x\d+ s(\d+) @(\d+)$")]
    private static partial Regex Name();

    /// <summary>The reason for a layer that is named as the benchmark <c>layers</c> names it.</summary>
    public static string Of(string layer)
    {
        Match match = Name().Match(layer);
        if (!match.Success) return "";
        int Number(int group) => match.Groups[group].Success ? int.Parse(match.Groups[group].Value, System.Globalization.CultureInfo.InvariantCulture) : 0;
        bool depthwise = !match.Groups[2].Success;
        var parsed = new Layer(Number(1), depthwise ? Number(1) : Number(2), Number(3), Number(4), Number(5), depthwise);
        return s_kinds.First(k => k.Fits(parsed)).Reason;
    }
}
