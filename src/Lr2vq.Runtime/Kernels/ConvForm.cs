using System;
using System.Collections.Generic;

namespace Lr2vq.Kernels;

/// <summary>How a convolution is computed. The numbers are written to files.</summary>
/// <remarks>Errors are bounds of the largest difference from double precision ÷ root mean square of the output, for 512 input channels of
/// independent values; they grow with the root of the channels, and a test holds them.</remarks>
internal enum ConvMethod
{
    /// <summary>As <see cref="ConvCost"/> says.</summary>
    Auto = 0,
    Depthwise = 1,
    /// <summary><see cref="DirectConv"/>; error 1e-5. Serves everything.</summary>
    Direct = 2,
    /// <summary><see cref="WinogradConv"/> with tiles of 2×2 outputs; error 1e-5. Allowed for every 3×3 convolution at stride 1: as accurate as
    /// the direct form.</summary>
    WinogradTwo = 3,
    /// <summary><see cref="WinogradConv"/> with tiles of 4×4 outputs; error 2e-5. Allowed for the same convolutions: two to four times the direct
    /// form's error, and a tenth of what the outputs of whole networks may differ. Where that is too much, the option <c>Form</c> names
    /// another.</summary>
    WinogradFour = 4,
    /// <summary><see cref="TableConv"/>; error 1e-5. Allowed for single codebooks of bytes along the input channels.</summary>
    Table = 5,
    /// <summary><see cref="RowWinogradConv"/>; error 1e-5 for the few channels that it serves.</summary>
    RowWinograd = 6,
    /// <summary><see cref="FoldedConv"/>; error 1e-5. Allowed for up to eight output channels.</summary>
    Folded = 7,
}

/// <summary>One way to compute a convolution.</summary>
/// <param name="Projected">A low-rank weight is kept in two factors (see <see cref="ProjectedConv"/>, <see cref="SharedFilterConv"/> and
/// <see cref="FactoredConv"/>); <paramref name="Method"/> is how the one with the kernel is applied.</param>
internal readonly record struct ConvForm(ConvMethod Method, bool Projected = false)
{
    public const byte ProjectedBit = 0x80;

    /// <summary>Forms as people name them.</summary>
    public static IReadOnlyList<(string Word, ConvForm Form)> Words => ConvFormWords.All;

    /// <summary>The form as files have it.</summary>
    public byte Number => (byte)((int)Method | (Projected ? ProjectedBit : 0));

    /// <summary>The form of a number; the default for one of a later version.</summary>
    public static ConvForm Of(byte number)
    {
        var form = new ConvForm((ConvMethod)(number & ~ProjectedBit), (number & ProjectedBit) != 0);
        bool isKnown = form.Projected ? form.Method is ConvMethod.Direct or ConvMethod.WinogradTwo or ConvMethod.WinogradFour or ConvMethod.Table : form.Method <= ConvMethod.Folded;
        return isKnown ? form : default;
    }

    // Those of the compiler ask for comparers of each field, which take longer to compile than all else here.
    public bool Equals(ConvForm other) => other.Method == Method && other.Projected == Projected;

    public override int GetHashCode() => Number;

    public override string ToString()
    {
        foreach ((string word, ConvForm form) in Words)
            if (form == this) return word;
        throw new InvalidOperationException("The form has no word");
    }
}

/// <summary>The words of forms, which loading a model does not need.</summary>
internal static class ConvFormWords
{
    private static readonly (string Word, ConvMethod Method)[] s_methods =
    [
        ("direct", ConvMethod.Direct), ("winograd2", ConvMethod.WinogradTwo), ("winograd4", ConvMethod.WinogradFour), ("table", ConvMethod.Table),
    ];

    public static IReadOnlyList<(string Word, ConvForm Form)> All { get; } = MakeWords();

    private static List<(string, ConvForm)> MakeWords()
    {
        List<(string, ConvForm)> words = [("auto", default), ("depthwise", new(ConvMethod.Depthwise))];
        foreach ((string word, ConvMethod method) in s_methods) words.Add((word, new(method)));
        words.Add(("winograd-rows", new(ConvMethod.RowWinograd)));
        words.Add(("folded", new(ConvMethod.Folded)));
        foreach ((string word, ConvMethod method) in s_methods) words.Add(("projected-" + word, new(method, true)));
        return words;
    }
}

/// <summary>The forms that were decided for a convolution when it was compressed, for each width of vectors. Auto where nothing was.</summary>
internal readonly record struct ConvForms(ConvForm Vector512, ConvForm Vector256, ConvForm Vector128)
{
    /// <summary>The widths that have a form of their own; scalar code takes that of the narrowest.</summary>
    public static IReadOnlyList<Isa> Widths { get; } = [Isa.Vector512, Isa.Vector256, Isa.Vector128];

    /// <summary>Images, height and width of the output that the forms were decided for; zeros if they hold for every shape.</summary>
    public (int Batch, int Height, int Width) Shape { get; init; }

    public ConvForm this[Isa isa] => isa switch { Isa.Vector512 => Vector512, Isa.Vector256 => Vector256, _ => Vector128 };

    /// <summary>The form for these shapes; auto for others than it was decided for.</summary>
    public ConvForm For(in ConvGeometry g, Isa isa) =>
        Shape == default || Shape == (g.Batch, g.OutputHeight, g.OutputWidth) ? this[isa] : default;

    /// <summary>For people: one word if all are alike.</summary>
    public override string ToString() =>
        Vector512 == Vector256 && Vector256 == Vector128 ? Vector512.ToString() : $"{Vector512}/{Vector256}/{Vector128}";
}
