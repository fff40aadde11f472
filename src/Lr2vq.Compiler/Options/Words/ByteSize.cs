// Linked into the MSBuild task (netstandard2.0).
using System;
using System.Globalization;

namespace Lr2vq.Options;

/// <summary>Numbers of bytes as people write them: <c>500000000</c>, <c>500KB</c>, <c>1.5 GiB</c>.</summary>
internal static class ByteSize
{
    /// <summary>The form, for people.</summary>
    public const string Text = "a number of bytes, such as 500000, 500KB, 1.5 MB or 2GiB";

    private static readonly (string Unit, double Factor)[] s_units =
    [
        ("KiB", 1024), ("MiB", 1024 * 1024), ("GiB", 1L << 30), ("TiB", 1L << 40), ("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("bytes", 1), ("B", 1),
        ("K", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12),
    ];

    public static bool TryParse(string text, out long bytes)
    {
        text = text.Trim();
        double factor = 1;
        foreach ((string unit, double size) in s_units)
        {
            if (!text.EndsWith(unit, StringComparison.OrdinalIgnoreCase)) continue;
            (text, factor) = (text.Substring(0, text.Length - unit.Length).TrimEnd(), size);
            break;
        }
        bool good = double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number * factor <= 1L << 60;
        // Of bytes there are whole ones only.
        good &= factor > 1 || number == Math.Floor(number);
        bytes = good ? (long)(number * factor) : 0;
        return good;
    }
}
