using System;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using Lr2vq;

// Runs networks: FOLDER has NAME.lr2vq for each; their outputs, for inputs that follow from the shapes, go to NAME.out. Built for x64 and, natively, for ARM64, so that the outputs can be compared.
if (args is not [string folder])
{
    Console.Error.WriteLine("usage: Lr2vq.Arm64Native FOLDER");
    return 2;
}
Console.WriteLine($"{RuntimeInformation.ProcessArchitecture}, AdvSimd {AdvSimd.Arm64.IsSupported}, Dp {Dp.IsSupported}, {(System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeCompiled ? "JIT" : "native")}");
foreach (string file in Directory.GetFiles(folder, "*.lr2vq").Order(StringComparer.Ordinal))
{
    using PlanRunner runner = PlanRunner.Load(file, new SessionOptions { Threads = 1 });
    using ModelSession session = runner.CreateSession();
    for (int i = 0; i < runner.Info.Inputs.Count; i++)
    {
        // A batch is one.
        int[] shape = [.. runner.Info.Inputs[i].Dimensions.Select(d => int.TryParse(d, out int length) ? length : 1)];
        uint state = 1u + (uint)i;
        float[] values = new float[shape.Aggregate(1, (a, b) => a * b)];
        for (int k = 0; k < values.Length; k++)
        {
            state = state * 1664525u + 1013904223u;
            values[k] = (state >> 8) / (float)(1 << 24) - 0.5f;
        }
        session.SetInput<float>(i, values, shape);
    }
    session.Run();
    using FileStream output = File.Create(Path.ChangeExtension(file, ".out"));
    int floats = 0;
    for (int i = 0; i < runner.Info.Outputs.Count; i++)
    {
        ReadOnlySpan<float> values = session.Output<float>(i);
        output.Write(MemoryMarshal.AsBytes(values));
        floats += values.Length;
    }
    Console.WriteLine($"{Path.GetFileNameWithoutExtension(file)}: {floats} floats");
}
return 0;
