// Finds faces and draws boxes around them: FaceDetect PICTURE OUT.png
using System;
using System.Globalization;
using System.IO;
using FaceDetect;
using StbImageSharp;
using StbImageWriteSharp;

if (args.Length != 2)
{
    Console.Error.WriteLine("usage: FaceDetect PICTURE OUT.png");
    return 2;
}
ImageResult picture = ImageResult.FromMemory(File.ReadAllBytes(args[0]), StbImageSharp.ColorComponents.RedGreenBlue);

using FaceFinder finder = FaceFinder.Create();
using FaceFinder.Session session = finder.CreateSession();
session.Run(picture.Data, picture.Width, picture.Height);
Face[] faces = FaceBoxes.Decode(session.FineScores, session.FineBoxes, session.CoarseScores, session.CoarseBoxes);

foreach (Face face in faces)
{
    Drawing.Box(picture, face);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{face.Score:P1}  x {face.Left * picture.Width:0} y {face.Top * picture.Height:0} width {face.Width * picture.Width:0} height {face.Height * picture.Height:0}"));
}
Console.WriteLine($"{faces.Length} faces");
using FileStream output = File.Create(args[1]);
new ImageWriter().WritePng(picture.Data, picture.Width, picture.Height, StbImageWriteSharp.ColorComponents.RedGreenBlue, output);
return 0;
