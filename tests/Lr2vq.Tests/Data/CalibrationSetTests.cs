using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Options;
using Lr2vq.Pictures;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Tests.Tool;
using Xunit;

namespace Lr2vq.Tests.Data;

/// <summary>Calibration data of every kind become samples; what does not suit is named.</summary>
public sealed class CalibrationSetTests : IDisposable
{
    private static readonly PlanPort s_image = Port("image", ElementType.Float32, "N", 3, 4, 6), s_ids = Port("ids", ElementType.Int64, "N", 5),
        s_sound = Port("sound", ElementType.Float32, 1, 100);

    private readonly ToolFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void PicturesComeInTheOrderOfTheirNames()
    {
        for (int i = 0; i < 9; i++) Picture($"calib/{(char)('i' - i)}/{i}.png", (byte)(10 * i));
        File.WriteAllText(_folder["calib/notes.txt"], "not data");
        foreach (string data in (string[])["calib/**/*.png", "calib", "calib/*/?.png", "image=calib/**", @"calib\*\*.png", _folder["calib/**/*.p*"]])
        {
            CalibrationSet set = Open(data, [s_image], new PreProcessing { Range = (0, 255) });
            Assert.Equal(9, set.Count);
            Assert.Null(set.Labels);
            Assert.Equal(Enumerable.Range(0, 9).Select(i => 10f * (8 - i)), Enumerable.Range(0, 9).Select(i => Floats(set.Read(i).Values[0])[71]));
            Assert.Equal([1, 3, 4, 6], set.Read(0).Values[0].Shape);
            Assert.Equal("8.png", set.NameOf(0));
        }
    }

    [Theory]
    [InlineData(new[] { 9, 3, 4, 6 }), InlineData(new[] { 9, 1, 3, 4, 6 })]
    public void OneArrayHoldsAllSamples(int[] shape)
    {
        float[] values = [.. Enumerable.Range(0, 9 * 72).Select(i => (float)i)];
        HostTensor.Of(values, shape).WriteNpy(_folder["all.npy"]);
        CalibrationSet set = Open("all.npy", [s_image]);
        Assert.Equal(9, set.Count);
        Assert.Equal([1, 3, 4, 6], set.Read(4).Values[0].Shape);
        Assert.Equal(values.AsSpan(4 * 72, 72).ToArray(), Floats(set.Read(4).Values[0]));
        Assert.Equal("all.npy[4]", set.NameOf(4));
    }

    [Fact]
    public void EachOfSeveralArraysIsASample()
    {
        for (int i = 0; i < 8; i++) HostTensor.Of([.. Enumerable.Repeat(i, 10)], 2, 5).WriteNpy(_folder[$"ids{i}.npy"]);
        CalibrationSet set = Open("ids*.npy", [s_ids]);
        Assert.Equal(8, set.Count);
        // i32 of the file, i64 of the network.
        Assert.Equal((ElementType.Int64, 7L), (set.Read(7).Values[0].Type, MemoryMarshal.Cast<byte, long>(set.Read(7).Values[0].Bytes)[9]));
        Assert.Equal([2, 5], set.Read(7).Values[0].Shape);
    }

    [Fact]
    public void SeveralInputsGoTogether()
    {
        for (int i = 0; i < 8; i++) Picture($"{i}.png", (byte)i);
        HostTensor.Of([.. Enumerable.Range(0, 40).Select(i => (long)i)], 8, 5).WriteNpy(_folder["ids.npy"]);
        HostTensor.Of([0.5f], 1).WriteNpy(_folder["scale=1.npy"]);
        PlanPort scale = Port("scale", ElementType.Float32, 1);
        // Pictures find the one input that takes them; a single sample serves all; an equals sign may belong to a name.
        CalibrationSet set = Open("*.png;ids=ids.npy;scale=scale=1.npy", [s_ids, s_image, scale]);
        InputSample sample = set.Read(3);
        Assert.Equal(15L, MemoryMarshal.Cast<byte, long>(sample.Values[0].Bytes)[0]);
        Assert.Equal(3 / 255f, Floats(sample.Values[1])[0]);
        Assert.Equal([0.5f], Floats(sample.Values[2]));
    }

    [Theory, InlineData(CompressionLevel.NoCompression), InlineData(CompressionLevel.Optimal)]
    public void ArchivesNameTheInputs(CompressionLevel level)
    {
        Npz("all.npz", level, ("ids", HostTensor.Of(new long[60], 12, 5)), ("image", HostTensor.Of(new double[12 * 72], 12, 3, 4, 6)), ("other", HostTensor.Of([1f], 1)));
        CalibrationSet set = Open("all.npz", [s_ids, s_image]);
        Assert.Equal(12, set.Count);
        Assert.Equal(ElementType.Float32, set.Read(11).Values[1].Type);
        Assert.Equal("LR2VQ3203", Refused("all.npz", [s_ids, s_sound]).Id);
    }

    [Fact]
    public void BytesWithChannelsLastArePictures()
    {
        byte[] pixels = new byte[10 * 8 * 12 * 3];
        new Random(1).NextBytes(pixels);
        using (FileStream file = File.Create(_folder["u8.npy"])) new NpyFile(ElementType.UInt8, [10, 8, 12, 3], pixels).Write(file);
        PreProcessing how = new() { Mean = [0.5f], Std = [0.5f] };
        CalibrationSet set = Open("u8.npy", [s_image], how);
        Assert.Equal(10, set.Count);
        NpyFile expected = new PictureReader(how, s_image).Convert(new PixelImage(12, 8, 3, pixels[(9 * 288)..]));
        Assert.Equal(expected.Bytes, set.Read(9).Values[0].Bytes);
    }

    [Theory, InlineData(8, false), InlineData(16, false), InlineData(24, false), InlineData(32, false), InlineData(32, true)]
    public void SoundIsCutIntoSamples(int bits, bool isFloat)
    {
        double[] wave = [.. Enumerable.Range(0, 1050).Select(i => Math.Sin(i * 0.05) * 0.9)];
        File.WriteAllBytes(_folder["a.wav"], Wav(wave, bits, isFloat, channels: 2));
        CalibrationSet set = Open("a.wav", [s_sound]);
        Assert.Equal(10, set.Count);
        Assert.Equal([1, 100], set.Read(3).Values[0].Shape);
        float[] values = Floats(set.Read(3).Values[0]);
        for (int i = 0; i < 100; i++) Assert.Equal(wave[300 + i], values[i], bits == 8 ? 0.012 : 1e-4);

        // A network of any length takes each file whole.
        for (int i = 0; i < 8; i++) File.WriteAllBytes(_folder[$"long{i}.wav"], Wav(wave, bits, isFloat, channels: 1));
        Assert.Equal([1, 1050], Open("long*.wav", [Port("sound", ElementType.Float32, "N", "T")]).Read(7).Values[0].Shape);
    }

    [Fact]
    public void LabelsComeFromListsArraysAndFolders()
    {
        for (int i = 0; i < 8; i++) Picture($"data/{(i % 2 == 0 ? "cat" : "ant")}/{i}.png", 0);
        File.WriteAllText(_folder["list.csv"], "file,label\n" + string.Concat(Enumerable.Range(0, 20).Select(i => $"{i}.png,{i + 1}\n")));
        File.WriteAllText(_folder["names.csv"], string.Concat(Enumerable.Range(0, 8).Select(i => $"data/{(i % 2 == 0 ? "cat" : "ant")}/{i}.png,{(i < 4 ? "dog, big" : "cat")}\n")));
        File.WriteAllText(_folder["lines.txt"], string.Join('\n', Enumerable.Range(0, 8)));
        HostTensor.Of([.. Enumerable.Range(0, 8).Select(i => (byte)(7 - i))], 8).WriteNpy(_folder["y.npy"]);
        string[] classes = ["ant", "bee", "cat", "dog, big"];
        // In the order of the paths: ant/1, ant/3, …, cat/0, ….
        Assert.Equal([2, 4, 6, 8, 1, 3, 5, 7], Labels("list.csv", []));
        Assert.Equal([3, 3, 2, 2, 3, 3, 2, 2], Labels("names.csv", classes));
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], Labels("lines.txt", []));
        Assert.Equal([7, 6, 5, 4, 3, 2, 1, 0], Labels("y.npy", []));
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 1], Labels("folders", []));
        Assert.Equal([0, 0, 0, 0, 2, 2, 2, 2], Labels("folders", classes));
        File.WriteAllText(_folder["few.txt"], "1\n2\n");
        File.WriteAllText(_folder["short.csv"], "1.png,1\n");
        File.WriteAllText(_folder["words.txt"], string.Join('\n', Enumerable.Repeat("elk", 8)));
        foreach ((string file, string says) in ((string, string)[])[("few.txt", "2 labels for 8 samples"), ("short.csv", "no line for '3.png'"), ("words.txt", "'elk' is neither"), ("list.csv", "no class 4"), ("folders", "'cat'")])
        {
            Diagnostic problem = Refused("data", [s_image], file, file == "folders" ? ["ant", "bee"] : classes);
            Assert.Equal("LR2VQ3207", problem.Id);
            Assert.Contains(says, problem.Text);
        }

        IReadOnlyList<int>? Labels(string labels, string[] names) => Open("data", [s_image], null, labels, names).Labels;
    }

    [Fact]
    public void WhatDoesNotSuitIsNamed()
    {
        for (int i = 0; i < 8; i++) Picture($"p{i}.png", 0);
        File.WriteAllText(_folder["q.png"], "no picture");
        for (int i = 0; i < 8; i++) Picture($"pictures/{i}.png", 0);
        File.WriteAllBytes(_folder["pictures/r.jpg"], [0xFF, 0xD8, 0xFF, 0xE0, 0, 16]);
        HostTensor.Of(new float[8 * 5], 8, 5).WriteNpy(_folder["floats.npy"]);
        HostTensor.Of(new long[8 * 6], 8, 6).WriteNpy(_folder["wide.npy"]);
        HostTensor.Of(new long[9 * 5], 9, 5).WriteNpy(_folder["nine.npy"]);
        HostTensor.Of([.. Enumerable.Repeat(float.NaN, 8 * 72)], 8, 3, 4, 6).WriteNpy(_folder["nan.npy"]);
        HostTensor.Of([.. Enumerable.Repeat(1L << 40, 8 * 5)], 8, 5).WriteNpy(_folder["large.npy"]);
        PlanPort small = s_ids with { Type = ElementType.Int32 };
        foreach ((string code, string says, string data, PlanPort[] ports) in ((string, string, string, PlanPort[])[])
        [
            ("LR2VQ3203", "holds Float32, the input wants Int64", "floats.npy", [s_ids]),
            ("LR2VQ3203", "[8,6], the input wants [N,5]", "wide.npy", [s_ids]),
            ("LR2VQ3203", "takes no picture", "p*.png", [s_ids]),
            ("LR2VQ3202", "q.png' cannot be read as calibration data: not a PNG", "*.png", [s_image]),
            ("LR2VQ3203", "say which one it is for", "nine.npy", [s_ids, s_image]),
            ("LR2VQ3009", "'id' (did you mean 'ids'?)", "id=nine.npy", [s_ids, s_image]),
            ("LR2VQ3204", "'image'", "ids=nine.npy", [s_ids, s_image]),
            ("LR2VQ3205", "8 samples for the input 'image' and 9 for 'ids'", "p*.png;ids=nine.npy", [s_ids, s_image]),
            ("LR2VQ3206", "holds 7 samples", "p0.png;p1.png;p2.png;p3.png;p4.png;p5.png;p6.png", [s_image]),
        ])
        {
            Diagnostic problem = Refused(data, ports);
            Assert.Equal(code, problem.Id);
            Assert.Contains(says, problem.Text);
        }
        // Content shows when it is read.
        foreach ((string says, string data, PlanPort port) in ((string, string, PlanPort)[])[("r.jpg' cannot be read as calibration data: the picture is damaged", "pictures", s_image), ("no numbers", "nan.npy", s_image), ("does not fit", "large.npy", small)])
        {
            CalibrationSet set = Open(data, [port]);
            DiagnosticException problem = Assert.Throws<DiagnosticException>(() => set.Read(set.Count - 1));
            Assert.Equal("LR2VQ3202", problem.Diagnostics[0].Id);
            Assert.Contains(says, problem.Message);
        }
    }

    /// <summary>A pipe would be waited for; like an empty file it has no length.</summary>
    [Fact]
    public void EmptyFilesAndPipesAreNotOpened()
    {
        File.WriteAllBytes(_folder["empty.png"], []);
        string pipe = _folder["pipe.wav"];
        if (OperatingSystem.IsLinux()) System.Diagnostics.Process.Start("mkfifo", [pipe]).WaitForExit();
        foreach (string name in (string[])["empty.png", .. File.Exists(pipe) ? ["pipe.wav"] : (string[])[]])
        {
            List<string> problems = [];
            Assert.Empty(CalibrationFiles.Find(name, _folder.Path, (part, why) => problems.Add(why)));
            Assert.Contains("is empty", Assert.Single(problems));
            Assert.Empty(LabelFile.Read(_folder[name], problem => Assert.Equal("LR2VQ3210", problem.Id)));
        }
    }

    [Fact]
    public void TheFingerprintIsThatOfTheContent()
    {
        for (int i = 0; i < 8; i++) Picture($"a/{i}.png", (byte)i);
        for (int i = 0; i < 8; i++) Picture($"b/x{i}.png", (byte)i);
        Assert.Equal(Files("a/*.png").Fingerprint(), Files("b").Fingerprint());
        Assert.NotEqual(Files("a/*.png").Fingerprint(), Files("a/*.png", "folders").Fingerprint());
        Picture("b/x7.png", 99);
        Assert.NotEqual(Files("a").Fingerprint(), Files("b").Fingerprint());
        Assert.NotEqual(Files("a/0.png").Fingerprint(), Files("image=a/0.png").Fingerprint());
    }

    [Fact]
    public void DamagedSoundAndArchivesAreReadOrRefused()
    {
        byte[] wav = Wav([.. Enumerable.Range(0, 60).Select(i => i / 60.0)], 16, false, 2);
        Npz("x.npz", CompressionLevel.Optimal, ("a", HostTensor.Of(new float[12], 3, 4)), ("b", HostTensor.Of(new long[5], 5)));
        byte[] npz = File.ReadAllBytes(_folder["x.npz"]);
        Random random = new(7);
        for (int i = 0; i < 3_000; i++)
        {
            byte[] bad = [.. i % 2 == 0 ? wav : npz];
            for (int k = random.Next(1, 5); k > 0; k--) bad[random.Next(bad.Length)] = (byte)random.Next(256);
            if (random.Next(4) == 0) bad = bad[..random.Next(bad.Length)];
            try
            {
                using MemoryStream stream = new(bad);
                if (i % 2 != 0) NpzFile.Read(stream);
                else if (WavFile.Open("x", stream) is { Length: < 1_000 } sound) sound.Read(stream, 0, new float[sound.Length]);
            }
            catch (InvalidDataException)
            {
            }
        }
    }

    private CalibrationSet Open(string data, PlanPort[] ports, PreProcessing? how = null, string? labels = null, string[]? classes = null)
    {
        DiagnosticBag bag = new();
        CalibrationSet? set = CalibrationSet.Open(Files(data, labels, classes), ports, how ?? PreProcessing.None, OptionSpelling.Metadata, bag);
        Assert.Empty(bag.All);
        return set!;
    }

    private Diagnostic Refused(string data, PlanPort[] ports, string? labels = null, string[]? classes = null)
    {
        DiagnosticBag bag = new();
        Assert.Null(CalibrationSet.Open(Files(data, labels, classes), ports, PreProcessing.None, OptionSpelling.Metadata, bag));
        return Assert.Single(bag.All);
    }

    private CalibrationFiles Files(string data, string? labels = null, string[]? classes = null) => new()
    {
        Parts = CalibrationFiles.Find(data, _folder.Path, (part, why) => Assert.Fail($"{part}: {why}")),
        Labels = labels is null or "folders" ? labels : _folder[labels],
        ClassNames = classes ?? [],
    };

    private void Picture(string name, byte value)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        PictureWriter.WritePng(_folder[name], new PixelImage(6, 4, 1, [.. Enumerable.Repeat(value, 24)]));
    }

    private void Npz(string name, CompressionLevel level, params (string Name, HostTensor Array)[] arrays)
    {
        using ZipArchive archive = new(File.Create(_folder[name]), ZipArchiveMode.Create);
        foreach ((string key, HostTensor array) in arrays)
        {
            using Stream entry = archive.CreateEntry(key + ".npy", level).Open();
            new NpyFile(array.Type, array.Shape, array.Bytes).Write(entry);
        }
    }

    private static byte[] Wav(double[] wave, int bits, bool isFloat, int channels)
    {
        using MemoryStream file = new();
        using BinaryWriter writer = new(file);
        int bytes = wave.Length * channels * bits / 8;
        writer.Write("RIFF"u8);
        writer.Write(bytes + 36 + 12);
        writer.Write("WAVEfmt "u8);
        writer.Write(16);
        writer.Write((short)(isFloat ? 3 : 1));
        writer.Write((short)channels);
        writer.Write(16_000);
        writer.Write(16_000 * channels * bits / 8);
        writer.Write((short)(channels * bits / 8));
        writer.Write((short)bits);
        // A chunk of another kind with an odd length.
        writer.Write("note"u8);
        writer.Write(3);
        writer.Write("abc\0"u8);
        writer.Write("data"u8);
        writer.Write(bytes);
        foreach (double value in wave)
            for (int c = 0; c < channels; c++)
                if (isFloat) writer.Write((float)value);
                else if (bits == 8) writer.Write((byte)(128 + Math.Round(value * 127)));
                else if (bits == 16) writer.Write((short)Math.Round(value * 32767));
                else if (bits == 24) writer.Write(BitConverter.GetBytes((int)Math.Round(value * 8388607)).AsSpan(0, 3));
                else writer.Write((int)Math.Round(value * 2147483647));
        return file.ToArray();
    }

    private static float[] Floats(NpyFile array) => MemoryMarshal.Cast<byte, float>(array.Bytes).ToArray();

    private static PlanPort Port(string name, ElementType type, params object[] shape) =>
        new("v0", name, type, [.. shape.Select(d => d is int number ? Dimension.Of(number) : Dimension.Symbol((string)d))]);
}
