using System;
using System.Globalization;
using Lr2vq.Diagnostics;

namespace Lr2vq.Options;

/// <summary>A kind of number that an option takes.</summary>
/// <param name="Low">Least value, included unless <paramref name="AboveLow"/>.</param>
/// <param name="Text">The kind, for people.</param>
internal sealed record OptionNumbers(double Low, double High, bool IsWhole, bool AboveLow, string Text)
{
    public static OptionNumbers K { get; } = new(1, 65536, true, false, "a whole number from 1 to 65536");
    public static OptionNumbers M { get; } = new(1, 4096, true, false, "a whole number from 1 to 4096");
    public static OptionNumbers Step { get; } = new(0, 1000, false, true, "a number above 0");
    public static OptionNumbers TargetRatio { get; } = new(1, 10_000, false, true, "a number above 1");
    public static OptionNumbers MaxBytes { get; } = new(1, 1L << 50, true, false, ByteSize.Text) { IsBytes = true };
    public static OptionNumbers MaxError { get; } = new(0, 1e6, false, true, "a number above 0");
    public static OptionNumbers MaxDrop { get; } = new(0, 100, false, true, "a number of points above 0, up to 100");
    public static OptionNumbers Seed { get; } = new(int.MinValue, int.MaxValue, true, false, "a whole number");

    /// <summary>Whether units of bytes are read.</summary>
    public bool IsBytes { get; private init; }

    /// <summary>The number; null if the word is null or, with a diagnostic, if it is no such number.</summary>
    public double? Parse(string? word, string option, OptionParser parser)
    {
        if (word is null) return null;
        if (TryParse(word) is { } value) return value;
        parser.Problem(option, DiagnosticCatalogue.OptionNumberInvalid, parser.Spell(option), word, Text);
        return null;
    }

    public double? TryParse(string word)
    {
        if (IsBytes) return ByteSize.TryParse(word, out long bytes) && Accepts(bytes) ? bytes : null;
        NumberStyles style = IsWhole ? NumberStyles.AllowLeadingSign : NumberStyles.Float;
        if (!double.TryParse(word, style, CultureInfo.InvariantCulture, out double value)) return null;
        return Accepts(value) ? value : null;
    }

    public bool Accepts(double value) =>
        double.IsFinite(value) && (AboveLow ? value > Low : value >= Low) && value <= High && (!IsWhole || value == Math.Floor(value));
}
