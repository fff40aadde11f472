using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Lr2vq.Accuracy;

/// <summary>What single networks must reach, by the measure of their task.</summary>
internal static class FieldBars
{
    private static readonly (string Network, double Least, double Most)[] s_bars =
    [
        ("superres_pytorch.onnx", 40, double.PositiveInfinity),
        ("ultraface_rfb320.onnx", 133, 141),
        ("keijiro_selfie.onnx", 0.97, 1),
    ];

    /// <summary>The cases of 03-silent-loss stay within this, or the build warns.</summary>
    private const double CaseChange = 0.02;

    public static IEnumerable<string> Missed(IEnumerable<FieldRow> rows)
    {
        foreach (FieldRow row in rows)
        {
            foreach ((string network, double least, double most) in s_bars)
                if (row.Network == network && !(row.Measure >= least && row.Measure <= most))
                    yield return string.Create(CultureInfo.InvariantCulture, $"MISSED: {row.Network}: {row.MeasureName} {row.Measure:0.###}; promised are {least} to {most}");
            if (row.MeasureName == LargestChange.Title && !row.Warned && !(row.Largest <= CaseChange))
                yield return string.Create(CultureInfo.InvariantCulture, $"MISSED: {row.Network}: an output changed by {row.Largest:P1}; promised are {CaseChange:P0} or a warning");
        }
    }
}
