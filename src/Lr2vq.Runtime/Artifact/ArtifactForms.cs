using System;
using System.Collections.Generic;
using System.IO;
using Lr2vq.Plans;

namespace Lr2vq.Artifacts;

/// <summary>Which form the convolution of a step takes, for vectors of 512, 256 and 128 bits; numbers of <c>ConvForm</c>, 0 where the run
/// time decides.</summary>
/// <param name="Batch">Images, height and width of the output that the forms were decided for; all 0 if they hold for every shape.</param>
internal sealed record StepForms(int Step, int Batch, int Height, int Width, byte Vector512, byte Vector256, byte Vector128);

/// <summary>The section <c>forms</c>, which an artifact may lack: how convolutions whose shapes the compressor knew are computed.</summary>
/// <remarks>Numbers have 7 bits a byte, as in the directory. The number of entries, then for each:
/// <code>
/// step, less the step before (0 before the first)
/// images, height and width of the output
/// u8 form for 512-bit vectors   u8 for 256   u8 for 128 and less
/// </code>
/// The length depends on steps and shapes alone, so it is known before the forms are. A number that a reader does not know, or a form that does
/// not serve the convolution, leaves the choice to the run time: a form decides speed, never whether a network runs.</remarks>
internal static class ArtifactForms
{
    /// <summary>An operator that has forms.</summary>
    public const string Operator = "Conv";

    private const int LeastBytes = 7;

    /// <param name="forms">In the order of their steps.</param>
    /// <returns>Nothing, if there are none.</returns>
    public static byte[] Write(IReadOnlyList<StepForms> forms)
    {
        if (forms.Count == 0) return [];
        MemoryStream bytes = new();
        ArtifactDirectory.Put(bytes, forms.Count);
        int before = 0;
        foreach (StepForms one in forms)
        {
            ArtifactDirectory.Put(bytes, one.Step - before);
            ArtifactDirectory.Put(bytes, one.Batch);
            ArtifactDirectory.Put(bytes, one.Height);
            ArtifactDirectory.Put(bytes, one.Width);
            bytes.Write([one.Vector512, one.Vector256, one.Vector128]);
            before = one.Step;
        }
        return bytes.ToArray();
    }

    /// <summary>Reads the section; every step has to be a convolution of the Plan.</summary>
    public static StepForms[] Read(ReadOnlySpan<byte> section, Plan plan)
    {
        SectionReader reader = new(section, "forms");
        StepForms[] forms = new StepForms[reader.Int("the number of entries", 1, section.Length / LeastBytes)];
        int step = 0;
        for (int i = 0; i < forms.Length; i++)
        {
            int start = reader.Position;
            step += reader.Int("a step", 1, plan.Steps.Count - step);
            if (plan.Steps[step - 1].Operator != Operator) throw reader.Wrong("a step", start, "is no convolution");
            int batch = reader.Int("a batch", 0, int.MaxValue), height = reader.Int("a height", 0, int.MaxValue), width = reader.Int("a width", 0, int.MaxValue);
            ReadOnlySpan<byte> numbers = reader.Take("forms", 3);
            forms[i] = new StepForms(step, batch, height, width, numbers[0], numbers[1], numbers[2]);
        }
        if (!reader.AtEnd) throw reader.Wrong("the end", reader.Position, "is expected");
        return forms;
    }
}
