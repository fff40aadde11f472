// Classifies pictures in a browser. The page (wwwroot) decodes a picture and calls Classify.
using System;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Runtime.InteropServices.JavaScript;
using System.Runtime.Intrinsics;
using System.Runtime.Versioning;
using Browser;

[assembly: SupportedOSPlatform("browser")]

// Nothing happens until the page calls.
return;

/// <summary>What the page calls.</summary>
internal static partial class Page
{
    private static readonly Classifier s_model = Classifier.Create();

    /// <summary>What computes.</summary>
    [JSExport]
    internal static string Vectors() => Vector128.IsHardwareAccelerated ? "128-bit vectors" : "no vectors";

    /// <param name="pixels">Rows of 4 bytes a pixel, as a canvas has them.</param>
    /// <returns>Lines: milliseconds, then share and name of each class, likeliest first.</returns>
    [JSExport]
    internal static string[] Classify(byte[] pixels, int width, int height)
    {
        var clock = Stopwatch.StartNew();
        var best = s_model.TopK(pixels, width, height);
        string time = clock.Elapsed.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture);
        return [time, .. best.Select(b => string.Create(CultureInfo.InvariantCulture, $"{b.Score:R} {b.Label}"))];
    }
}
