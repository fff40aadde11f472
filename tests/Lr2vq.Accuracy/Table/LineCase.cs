using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Data;
using Lr2vq.Testing;

namespace Lr2vq.Accuracy;

/// <summary>A network that reads lines of text. What the original reads is right.</summary>
internal sealed record LineCase(string File) : NetworkCase(File)
{
    private const int Lines = 20;

    public override bool ReadsLines => true;

    public override CalibrationInputs Calibration => CalibrationInputs.Lines();

    public override Measurement Measure(string artifact)
    {
        using PlanRunner model = PlanRunner.Load(artifact);
        using ModelSession session = model.CreateSession();
        List<float> logarithms = [];
        List<string> texts = [];
        int classes = 0;
        foreach (PixelImage line in TextLines.Pictures(Lines, seed: 3))
        {
            HostTensor input = FieldPictures.Planes(line, TextLines.Width, TextLines.Height, PixelRange.Signed, bgr: true);
            session.SetInput<float>(0, input.Values<float>(), input.Shape);
            session.Run();
            HostTensor output = HostTensor.Of(session.Output<float>(0), session.OutputShape(0).ToArray());
            classes = output.Shape[^1];
            texts.Add(TextLines.Read(output));
            // The output is a distribution.
            foreach (float share in output.Values<float>()) logarithms.Add(MathF.Log(MathF.Max(share, 1e-30f)));
        }
        return new Measurement(new Distributions([.. logarithms], classes), texts, right: null);
    }
}
