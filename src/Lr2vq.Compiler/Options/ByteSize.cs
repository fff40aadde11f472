using System;
using System.Globalization;

namespace Lr2vq.Options;

/// <summary>Numbers of bytes as people write them: <c>500000000</c>, <c>2GB</c>, <c>1.5 GiB</c>.</summary>
internal static class ByteSize
{
    private static readonly (string Unit, double Factor)[] s_units =
    [
        ("KiB", 1024), ("MiB", 1024 * 1024), ("GiB", 1L << 30), ("TiB", 1L << 40), ("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("bytes", 1), ("B", 1),
    ];

    public static bool TryParse(string text, out long bytes)
    {
        text = text.Trim();
        double factor = 1;
        foreach ((string unit, double size) in s_units)
        {
            if (!text.EndsWith(unit, StringComparison.OrdinalIgnoreCase)) continue;
            (text, factor) = (text[..^unit.Length].TrimEnd(), size);
            break;
        }
        bool good = double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number * factor <= 1L << 60;
        bytes = good ? (long)(number * factor) : 0;
        return good;
    }
}
