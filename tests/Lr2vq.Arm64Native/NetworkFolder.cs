using System;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;

namespace Lr2vq.Arm64;

/// <summary>Networks in a folder, run here or, natively, elsewhere.</summary>
internal static class NetworkFolder
{
    /// <summary>Runs each NAME.lr2vq with inputs that follow from its shapes; the outputs, floats, go to NAME.out.</summary>
    public static void Run(string folder)
    {
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
            for (int i = 0; i < runner.Info.Outputs.Count; i++) output.Write(MemoryMarshal.AsBytes(session.Output<float>(i)));
        }
    }
}
