using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Lr2vq.Codecs;

/// <summary>What the parameters of a tensor's format say, read without its codes. What a format does not have is null or empty.</summary>
internal sealed record TensorDescription
{
    public static TensorDescription Empty { get; } = new();

    /// <summary>The search that writes this form, in the words of the option <c>Method</c>; empty if many do.</summary>
    public string Method { get; init; } = "";

    /// <summary>Entries of each stage's codebook, or values of a table.</summary>
    public IReadOnlyList<int> K { get; init; } = [];

    /// <summary>Length of a subvector.</summary>
    public int? M { get; init; }

    /// <summary>Clustering dimensionality, d̃.</summary>
    public int? D { get; init; }

    /// <summary>Bits of a code, of all stages together, or of a dense value; null where entropy coding decides.</summary>
    public int? Bits { get; init; }

    /// <summary>Step of uniform levels in units of a row's scale, which is about its root mean square.</summary>
    public float? Step { get; init; }

    /// <summary>Along which axis subvectors lie.</summary>
    public SliceAxis? Axis { get; init; }

    /// <summary>Neighbours in a row that share a scale.</summary>
    public int? Group { get; init; }

    /// <summary>Dimensions of the basis in front of the levels.</summary>
    public int? Basis { get; init; }

    /// <summary>Number format of values or codebook entries, e.g. <c>int8</c>.</summary>
    public string Encoding { get; init; } = "";

    /// <summary>True if each row has a scale of its own.</summary>
    public bool IsScaled { get; init; }

    /// <summary>True if levels are coded by a trellis.</summary>
    public bool IsTrellis { get; init; }

    /// <summary>True if input channels have scales, too.</summary>
    public bool HasColumnScales { get; init; }

    /// <summary>The axis in the words of the option <c>Slicing</c>; empty for none.</summary>
    public string AxisWord => Axis switch
    {
        SliceAxis.Spatial => "sp",
        SliceAxis.InputChannel => "ic",
        SliceAxis.OutputChannel => "oc",
        _ => "",
    };

    /// <summary>For people, e.g. <c>k=256 m=8 d=4 int8 ic scaled</c>.</summary>
    public override string ToString()
    {
        List<string> parts = [];
        if (K.Count > 0) parts.Add("k=" + string.Join('+', K.Select(Whole)));
        Add("m", M);
        Add("d", D);
        if (K.Count == 0 && Encoding.Length == 0) Add("bits", Bits);
        if (Step is { } step) parts.Add("step=" + step.ToString(CultureInfo.InvariantCulture));
        if (Basis is { } basis) parts.Add("basis=" + Whole(basis) + "x" + Whole(basis));
        Add("group", Group);
        if (Encoding.Length > 0) parts.Add(Encoding);
        if (Axis is not null) parts.Add(AxisWord);
        if (IsTrellis) parts.Add("trellis");
        if (IsScaled) parts.Add(HasColumnScales ? "scaled by row and column" : "scaled");
        return string.Join(' ', parts);

        void Add(string name, int? number)
        {
            if (number is { } value) parts.Add(name + "=" + Whole(value));
        }
    }

    private static string Whole(int number) => number.ToString(CultureInfo.InvariantCulture);
}
