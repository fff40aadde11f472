using System;
using System.Collections.Generic;
using System.Linq;

namespace Lr2vq.Options;

/// <summary>Every option of a model. The command line, the documentation and the checks are made from this table.</summary>
internal static class OptionTable
{
    public static IReadOnlyList<OptionDefinition> All { get; } =
    [
        new("ClassName", OptionScope.Class, "an identifier", "from the file name", "Name of the generated class.") { HasProperty = false },
        new("Namespace", OptionScope.Class, "a namespace", "the project's RootNamespace", "Namespace of the generated class."),
        new("Access", OptionScope.Class, OptionValues.List(OptionValues.Access), "public", "Access of the generated class.") { Words = OptionValues.WordsOf(OptionValues.Access) },
        new("Preset", OptionScope.Model, OptionValues.List(OptionValues.Presets), "Balanced", "What to aim at: Balanced keeps the results, Fast keeps the build short, Tiny is 10x, Lr2vq is the papers' regime (19-43x, wants training), Lossless keeps fp32 exactly.") { Words = OptionValues.WordsOf(OptionValues.Presets) },
        new("Method", OptionScope.Model, OptionValues.List(OptionValues.Methods), "auto", "The search that is used for every tensor; auto: what the preset uses. bgd, svd-gram, joint and joint-compact want CalibrationData, lr2vq is far better with it. Sensitive tensors (first convolution, depthwise, small) stay int8 unless Config names them.") { Words = OptionValues.WordsOf(OptionValues.Methods) },
        new("Slicing", OptionScope.Model, OptionValues.List(OptionValues.Slicings), "auto", "How weights are cut into subvectors.") { Words = OptionValues.WordsOf(OptionValues.Slicings) },
        new("K", OptionScope.Model, "1 to 65536", "from the preset", "Entries of a codebook, levels of a scalar format, or sums of binary signs: 2 is one sign a weight, 4 and 8 are two and three signs added. For svd and joint: above 256 the factors are fp16, else int8. For qswd: atoms of the dictionary, at most 256. Without it, where samples choose the codes of Lr2vq, each codebook has as many entries as its weights are worth in the answers."),
        new("M", OptionScope.Model, "1 to 4096", "from the preset", "Length of a subvector. For binary: neighbours in a row that share a scale; by default the whole row."),
        new("D", OptionScope.Model, "auto, m, or a number from 1", "auto", "Clustering dimensionality of Lr2vq, the rank of svd, or coefficients other than 0 a subvector of qswd; m: the whole subvector; auto: as many principal components as a codebook of K entries can serve, by water-filling over their variances, and where samples choose the codes fewer, by Rule T, or for each codebook its own if K is open; for svd the rank that leaves 1 % of the energy, or that the size allows."),
        new("Step", OptionScope.Model, "a number above 0", "from the preset", "Step of uniform levels, in units of the root mean square of a row. For svd and joint: factors have levels with an entropy code. For qswd: of the coefficients, by default the best of seven levels each side of 0."),
        new("Trellis", OptionScope.Model, OptionValues.List(OptionValues.Trellises), "auto", "Whether uniform levels are coded by a trellis: 3 to 9 % fewer bytes at the same error, longer to compress; auto: where the preset chooses uniform levels, not where Method asks for ecsq or tc-ecsq.") { Words = OptionValues.WordsOf(OptionValues.Trellises) },
        new("TargetRatio", OptionScope.Model, "a number above 1", "none", "Bytes of the .onnx with its external data ÷ bytes of the .lr2vq to reach."),
        new("MaxBytes", OptionScope.Model, "a number of bytes, such as 500000 or 500KB (MB, GB, KiB, MiB, GiB)", "none", "Bytes that the .lr2vq may have."),
        new("MaxDrop", OptionScope.Model, "a number of points above 0, such as 0.5", "none", "The smallest artifact whose answers on held-out calibration data stay within so many points; wants calibration data."),
        new("MaxError", OptionScope.Model, "a number above 0", "by preset", "Relative error of an output (the square of its relative change) that is allowed: Balanced aims at it, and above it the build fails. Also the relative error of the weights above which a warning names them."),
        new("Optimize", OptionScope.Model, OptionValues.List(OptionValues.Optimizations), "Size", "The second aim, after size and outputs: Size stores what takes the fewest bytes, Speed takes up to 5 % more bytes, or their worth in change, for forms that the run time computes from faster.") { Words = OptionValues.WordsOf(OptionValues.Optimizations) },
        new("CalibrationData", OptionScope.Model, "calib/*.jpg, calib, data.npy, data.npz, or image=calib/*.jpg;ids=ids.npy", "none", "Samples of the network's inputs: .npy and .npz arrays, PNG, JPEG and BMP pictures, .wav sound; files, folders with all below, or patterns with * ? and **. At least 8, in the order of their names."),
        new("CalibrationLabels", OptionScope.Model, "a file, or folders", "none", "Classes of the calibration data: lines FILE,CLASS, a class a line, an .npy array, or folders: the folder of a picture is its class. They are checked; joint and joint-compact measure their loss by them, the measure of everything else is agreement with the original."),
        new("Labels", OptionScope.Model, "a text file", "none", "Names of the classes, one a line, for the generated class and for CalibrationLabels."),
        new("Mean", OptionScope.Model, "1 or 3 numbers, such as 0.485,0.456,0.406", "0", "Of pictures: subtracted after Range, one number or one for each channel of the network.") { IsPreProcessing = true },
        new("Std", OptionScope.Model, "1 or 3 numbers other than 0, such as 0.229,0.224,0.225", "1", "Of pictures: divided by after Mean.") { IsPreProcessing = true },
        new("Range", OptionScope.Model, "2 numbers, such as 0,255", "0,1", "Of pictures: what black and white (0 and 255) become before Mean and Std.") { IsPreProcessing = true },
        new("Channels", OptionScope.Model, "RGB, BGR", "RGB", "Of pictures: the order of the channels that the network was trained with.") { Words = ["RGB", "BGR"], IsPreProcessing = true },
        new("Layout", OptionScope.Model, "NCHW, NHWC", "by the axis of 1 or 3 channels", "Of pictures: where the input has its channels.") { Words = ["NCHW", "NHWC"], IsPreProcessing = true },
        new("Fit", OptionScope.Model, "stretch, crop, exact", "stretch, with Resize crop", "Of pictures of another size than the input's: stretch scales both sides, crop scales until the picture covers the input and cuts out the middle, exact refuses. Scaling is bilinear with antialiasing.") { Words = ["stretch", "crop", "exact"], IsPreProcessing = true },
        new("Resize", OptionScope.Model, "a whole number of pixels, such as 256", "the input's size", "Of pictures: the shorter side is scaled to this, then the middle is cut out, as torchvision does it.") { IsPreProcessing = true },
        new("Report", OptionScope.Model, OptionValues.List(OptionValues.Reports), "false", "Writes a page about the artifact beside it: what it is made of, where the error sits, answers before and after on the calibration data or on generated inputs, speed by layer.") { Words = OptionValues.WordsOf(OptionValues.Reports) },
        new("FineTune", OptionScope.Model, OptionValues.List(OptionValues.FineTunings), "None", "Trains what compression made towards the original's answers on CalibrationData: Blocks fits each residual or attention block to the original's, EndToEnd the whole network to its answers. Wants the package Lr2vq.Training (docs/training.md); what is nearer on held-out samples is kept.") { Words = OptionValues.WordsOf(OptionValues.FineTunings) },
        new("TimeLimit", OptionScope.Model, "hours:minutes:seconds, such as 00:05:00", "00:10:00", "Time that FineTune may take; it ends within it with the best so far."),
        new("Form", OptionScope.Model, OptionValues.List(OptionValues.Forms), "auto", "How convolutions are computed, where that serves them; auto: the artifact names the fastest form of each, by a cost model.") { Words = OptionValues.WordsOf(OptionValues.Forms) },
        new("Seed", OptionScope.Model, "a whole number", "0", "Seed of every random choice; the same seed gives the same bytes."),
        new("Dimensions", OptionScope.Model, "N=1;H=640", "symbolic kept", "Fixes symbolic dimensions."),
        new("Constants", OptionScope.Model, "sr=16000;mask=1,1,0", "all inputs kept", "Fixes the values of inputs, which the class then does not have: one number for all elements, or as many as there are, separated by commas; true and false too. What follows from them is computed at build time, branches and sizes included."),
        new("Rename", OptionScope.Class, "input.1=image;495=logits", "none", "Names of inputs and outputs in the generated class.") { HasProperty = false },
        new("Backend", OptionScope.Model, OptionValues.List(OptionValues.Backends), "Managed", "What computes the network: the managed run time, or ONNX Runtime, which takes operators that the managed one does not (wants the package Lr2vq.OnnxRuntime; docs/backends.md).") { Words = OptionValues.WordsOf(OptionValues.Backends) },
        new("Storage", OptionScope.Class, OptionValues.List(OptionValues.Storages), "Embedded", "Where the artifact is: in the assembly, a file beside the app, or provided by the caller.") { Words = OptionValues.WordsOf(OptionValues.Storages) },
        new("Config", OptionScope.Model, "a file", "<model>.lr2vq.json if present", "Settings for single tensors, by name or pattern: method, slicing, k, m, d, step, form."),
    ];

    /// <summary>Whether an option fixes something of the inputs, and so decides the network: every command that plans one takes it.</summary>
    public static bool Fixes(OptionDefinition option) => option.Name is "Dimensions" or "Constants";

    public static IEnumerable<string> Names => All.Select(o => o.Name);

    /// <summary>The option of that name, in whatever case; null if there is none.</summary>
    public static OptionDefinition? Find(string name) =>
        All.FirstOrDefault(o => o.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
