using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Data;
using Lr2vq.Evaluation;
using Lr2vq.Planning;

namespace Lr2vq.Training.Data;

/// <summary>The original's answers, by our own run time, several times as fast as torch. Trainings with the same batches share a file of them: each answer is computed once.</summary>
internal sealed class Teacher : IDisposable
{
    private readonly EvaluationNetwork _network;
    private readonly string? _file;
    private readonly Dictionary<int, float[]> _known = [];

    /// <param name="planned">The original; its model stays open.</param>
    /// <param name="threads">Threads of a run.</param>
    /// <param name="file">Where the answers are kept; the name says of what. Null for nowhere.</param>
    public Teacher(PlannedNetwork planned, int threads, string? file = null)
    {
        _network = EvaluationNetwork.Original(planned, threads);
        _file = file;
        if (file is null || !File.Exists(file)) return;
        using BinaryReader from = new(File.OpenRead(file));
        // An entry is its step, its length and its numbers; what a cut left incomplete is computed again.
        while (from.BaseStream.Length - from.BaseStream.Position > 2 * sizeof(int) && (Step: from.ReadInt32(), Length: from.ReadInt32()) is var entry
            && from.BaseStream.Length - from.BaseStream.Position >= (long)entry.Length * sizeof(float))
            _known[entry.Step] = MemoryMarshal.Cast<byte, float>(from.ReadBytes(entry.Length * sizeof(float))).ToArray();
    }

    /// <summary>The first output for some inputs of the network's only input.</summary>
    public float[] Answer(float[] inputs, int[] shape)
    {
        NpyFile[] outputs = _network.Run(new InputSample([new NpyFile(ElementType.Float32, shape, MemoryMarshal.AsBytes<float>(inputs).ToArray())]));
        return MemoryMarshal.Cast<byte, float>(outputs[0].Bytes).ToArray();
    }

    /// <summary>As <see cref="Answer"/> for the inputs of a step, which are the same whenever it is asked for.</summary>
    public float[] AnswerOf(int step, float[] inputs, int[] shape)
    {
        if (_known.TryGetValue(step, out float[]? known)) return known;
        float[] answers = Answer(inputs, shape);
        if (_file is not null) _known[step] = answers;
        return answers;
    }

    /// <summary>Writes what is known.</summary>
    public void Save()
    {
        if (_file is null) return;
        using Artifacts.TemporaryFile file = new(_file);
        using (BinaryWriter to = new(file.Create()))
            foreach ((int step, float[] answers) in _known.OrderBy(entry => entry.Key))
            {
                to.Write(step);
                to.Write(answers.Length);
                to.Write(MemoryMarshal.AsBytes<float>(answers));
            }
        file.Keep();
    }

    public void Dispose()
    {
        Save();
        _network.Dispose();
    }
}
